"""The briefing on a finished run, `report.html`: one page that opens from disk.

The verdict comes first, and all that it rests on after it.
"""
