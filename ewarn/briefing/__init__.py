"""The report of a finished run: one page that opens from disk, with the verdict first and all that it rests on."""
