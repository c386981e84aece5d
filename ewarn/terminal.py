"""What a drill shows on the terminal while it runs; everything goes to stderr, so stdout stays for results."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ewarn.drill.scenario import Scenario
from ewarn.publish import Release
from ewarn.swarm.client import Target
from ewarn.verdict.receipts import ReceiptBook


class TerminalView:
    """Lines, and a progress bar for long phases; no bars where nobody watches."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: tuple[str, TaskID] | None = None

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing, and leave the terminal as it was."""
        self._bar.stop()

    def say(self, line: str) -> None:
        """See `View`."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def progress(self, doing: str, done: int, total: int) -> None:
        """See `View`."""
        if self._task is None or self._task[0] != doing:
            self._end_task()
            self._task = doing, self._bar.add_task(doing, total=total)
        self._bar.update(self._task[1], completed=done)
        if done >= total:
            self._end_task()

    def opens(self, scenario: Scenario, targets: Sequence[Target]) -> None:
        """See `Watcher`."""

    def begins(self, order: str, origin_ns: int, book: ReceiptBook) -> None:
        """See `Watcher`."""

    def released(self, release: Release) -> None:
        """See `Watcher`."""

    def _end_task(self) -> None:
        if self._task:
            self._bar.remove_task(self._task[1])
            self._task = None
