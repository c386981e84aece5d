"""The folder of a run. It holds one run alone, and each play in it is there whole or not at all."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from ewarn.dispatch.orders import ORDERS
from ewarn.errors import InputError, WriteError

WRITTEN = (
    "drill.toml",
    "quake.toml",
    "users.npy",
    "places.npy",
    "reports.json",
    "receipts.npy",
    "ledger.json",
    "ledger.npy",
    "verdict.json",
)
"""The files of a play in the order in which they come to stand: the last says that it is finished."""
OF_A_FLEET = ("hosts.npy", "clocks.json", "earliest.npy")
"""files that a play over several hosts has too"""
IN_TURN = (*WRITTEN[:-1], *OF_A_FLEET, WRITTEN[-1])
TOLD = ("report.html",)
"""files that are made of a play afterwards, beside it"""
MARK = "# Written by ewarn, as the settings of a run. Play: "
"""how a run's `drill.toml` begins, and no other; then comes the folder of the play, from the run's own"""
PAGE_MARK = "<title>DRILL "
"""stands in a `report.html` of ours"""
DEEPEST = 2
"""folders from a run's to that of a play: ORDER/N"""
UNFINISHED = ".unfinished-"
"""how the names of folders begin in which plays are being written, or were when their drill was killed"""


def heading(play: str) -> str:
    """The first line of a run's `drill.toml`."""
    return f"{MARK}{play}\n"


def run_of(folder: Path) -> Path | None:
    """The folder of the run of which a play stands here, be it finished or not; None where none does."""
    try:
        with (folder / "drill.toml").open(encoding="utf-8", errors="replace") as file:
            first = file.readline()
    except OSError:
        return None
    if not first.startswith(MARK):
        return None
    parts = Path(first.removeprefix(MARK).strip()).parts
    own = folder.absolute()
    # A play that was moved elsewhere is a run of its own there.
    return own.parents[len(parts) - 1] if parts and own.parts[-len(parts) :] == parts else own


def is_run(folder: Path) -> bool:
    """Whether a play of a run stands in a folder."""
    return run_of(folder) is not None


def earlier(out: Path, *, replace: bool) -> list[Path]:
    """Folders of the run that stands in `out`, which a new one is to replace; empty where there is none.

    Raises InputError where there is a run and `replace` is not meant, where other runs stand below, and where files
    of a run's names stand without one.
    """
    _refuse_within(out.absolute())
    plays, others = _below(out)
    found = [folder for folder in (out, *plays) if is_run(folder)]
    if others:
        raise InputError(f"--out: {out} holds other runs, such as {others[0].relative_to(out)}; name another folder")
    for folder in (out, *plays):
        if folder not in found and (taken := [name for name in IN_TURN if os.path.lexists(folder / name)]):
            raise InputError(
                f"--out: {folder / taken[0]} is there and belongs to no run of a drill, so it stays; "
                "name another folder"
            )
    if found and not replace:
        raise InputError(f"--out: {out} already holds a run; use --replace, or name another folder")
    return found


def _refuse_within(out: Path) -> None:
    """A run's folder holds its own plays alone, and a play no other run."""
    for parent in list(out.parents)[:DEEPEST]:
        beside = [folder for folder in (parent, *_below(parent)[0]) if not folder.absolute().is_relative_to(out)]
        if any(run_of(folder) == parent for folder in beside):
            raise InputError(f"--out: {out} lies in {parent}, which holds a run; name another folder")
    if run_of(out) not in (None, out):
        raise InputError(f"--out: {out} is a play of the run in {run_of(out)}; name another folder")


@contextmanager
def claimed(out: Path) -> Iterator[None]:
    """Nobody else's drill may use the folder, or be about to put a play there, meanwhile.

    Raises InputError where one does.
    """
    around = [folder for folder in list(out.absolute().parents)[:DEEPEST] if _may_be_a_play(out.absolute(), folder)]
    with ExitStack() as held:
        for folder, how in ((out, fcntl.LOCK_EX), *((folder, fcntl.LOCK_SH) for folder in around)):
            held.callback(os.close, _locked(folder, how, out))
        yield


def _locked(folder: Path, how: int, out: Path) -> int:
    """A descriptor of a folder that is locked as long as it is open."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise InputError(f"--out: cannot open {folder} ({error.strerror})") from None
    # The kernel lets go of it however this process ends. Some network file systems cannot lock a folder.
    with contextlib.suppress(OSError):
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise InputError(f"--out: another drill is playing into {out}, or around it; name another folder") from None
    return descriptor


def new_folder(runs: Path, name: str) -> Path:
    """Make a folder that nobody else has: `NAME`, or `NAME-2`, `NAME-3`, ... Raises WriteError."""
    for attempt in count(1):
        folder = runs / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise WriteError(folder, error) from None
        return folder
    raise AssertionError


@contextmanager
def whole(folder: Path, instead_of: Sequence[Path] = ()) -> Iterator[Path]:
    """Give a place to write the files of a play in; once all are written they come to stand in `folder`.

    Only then do the earlier plays in `instead_of` go. If anything fails, nothing of the play stays. Raises WriteError
    naming the file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
    except OSError as error:
        raise WriteError(folder, error) from None
    try:
        yield stage
        clear(instead_of)
        for name in IN_TURN:
            if (stage / name).exists():
                (stage / name).replace(folder / name)
    except WriteError as error:
        raise WriteError(folder / error.path.name, error.error) from None
    except OSError as error:
        raise WriteError(folder, error) from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def clear(folders: Iterable[Path]) -> None:
    """Remove the files of plays, and nothing else. Raises OSError."""
    for folder in folders:
        # What says that it is finished goes first, and last what says that it is a run.
        for name in (*(name for name in TOLD if _is_ours(folder / name)), *reversed(IN_TURN)):
            (folder / name).unlink(missing_ok=True)


def _is_ours(page: Path) -> bool:
    try:
        with page.open(encoding="utf-8", errors="replace") as file:
            return PAGE_MARK in file.read(4096)
    except OSError:
        return False


def _may_be_a_play(folder: Path, out: Path) -> bool:
    """Whether a drill into `out` could put a play into a folder below it: ORDER, N or ORDER/N."""
    return all(name in ORDERS or name.isdecimal() for name in folder.relative_to(out).parts)


def _below(out: Path) -> tuple[list[Path], list[Path]]:
    """Folders in which a drill into `out` may put plays, ORDER, N or ORDER/N; and runs that stand elsewhere below."""
    plays: list[Path] = []
    others: list[Path] = []
    for folder in (*sorted(out.glob("*/")), *sorted(out.glob("*/*/"))):
        if UNFINISHED in str(folder.relative_to(out)):
            continue
        # What lies behind a link is somewhere else, and so is what another drill left here.
        linked = folder.is_symlink() or folder.parent.is_symlink()
        if _may_be_a_play(folder, out) and not linked and run_of(folder) in (None, out.absolute()):
            plays.append(folder)
        elif is_run(folder):
            others.append(folder)
    return plays, others
