"""Write the generated pages: `python -m docs.generate`."""

from pathlib import Path

from docs.generate import PAGES

for name, page in PAGES.items():
    (Path(__file__).parents[1] / "reference" / name).write_text(page(), encoding="utf-8")
