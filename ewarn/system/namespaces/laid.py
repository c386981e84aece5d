"""Namespaces of networks, held by keepers as long as a context lasts.

Nothing of it stands in the machine's own network: no namespace has a name outside, and the kernel takes each away with
the last process, and the last socket, in it. All keepers are in one namespace of processes, whose first leaves when the
line to us is closed, or is killed when we die: then the kernel kills all others, and whatever runs beside them. So it
goes in any ending, SIGKILL included. Lay them from a thread that lives as long, as the main one does: what the kernel
takes for our death is that of the thread.
"""

from types import TracebackType
from typing import Self

from ewarn.system.namespaces.kept import Keeper, owner, sweep
from ewarn.system.namespaces.tools import APART, does

WITHIN = ("mount", "net", "uts", "pid")
"""kinds of namespaces that a further keeper begins in; of `net` and `uts` it then has its own"""


class Namespaces:
    """A namespace of processes and networks, and further ones of networks within it."""

    def __init__(self, name: str, longest_s: float) -> None:
        """`name`: its host's. `longest_s`: so long it lasts at most, in seconds, whatever becomes of us."""
        self._name, self._longest_s = name, longest_s
        self._keepers: list[Keeper] = []

    def __enter__(self) -> Self:
        """Ends what an earlier run has left, and lays the first. Raises OSError where it cannot be had."""
        sweep()
        self._whose = owner()
        self._keep(["setpriv", "--pdeathsig", "KILL", *APART], self._name)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def first(self) -> Keeper:
        """That of the first namespace."""
        return self._keepers[0]

    def add(self, name: str, *more: str) -> Keeper:
        """A further namespace; `more`: what `unshare` is told of it beside."""
        apart = ["unshare", "--net", "--uts", *more, "--fork", "--kill-child"]
        return self._keep([*self.first.enter(*WITHIN), "--", *apart], name)

    def _keep(self, before: list[str], name: str) -> Keeper:
        self._keepers.append(Keeper(before, name, self._longest_s, self._whose))
        return self._keepers[-1]

    def close(self) -> None:
        """End all that runs in them, and them."""
        for one in self._keepers:
            one.close()
        self._keepers.clear()


def links(keeper: Keeper, *lines: str) -> None:
    """Have `ip` do this within, a line a command. Raises OSError with what it says where it fails."""
    does([*keeper.enter("net"), "ip", "-batch", "-"], "\n".join(lines))
