"""The demo: a page on which a drill is started, seen as it happens, and replayed."""
