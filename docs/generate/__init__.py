"""The pages of the reference that are made from the code itself; `make reference` writes them, a test holds them."""

from collections.abc import Callable

from docs.generate import commands, configuration, files, metrics, names

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands.page,
    "configuration.md": configuration.page,
    "files.md": files.page,
    "metrics.md": metrics.page,
    "names.md": names.page,
}
"""by file name in `docs/reference/`"""
