"""The folder of a run. It holds one run alone, and each play in it is there whole or not at all."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
    "ledger.npy",
    "verdict.json",
)
"""The files of a play in the order in which they come to stand: the last says that it is finished."""
TOLD = ("report.html",)
"""files that are made of a play afterwards, beside it"""
PROOF = ("users.npy", "places.npy", "reports.json", "ledger.npy", "verdict.json")
"""beside one of these a `drill.toml` is a run's, and not one that somebody keeps to start drills with"""
UNFINISHED = ".unfinished-"
"""how the names of folders begin in which plays are being written, or were when their drill was killed"""


def is_run(folder: Path) -> bool:
    """Whether a run's `drill.toml` stands in a folder, be the run finished or not."""
    return (folder / "drill.toml").is_file() and any((folder / name).is_file() for name in PROOF)


def earlier(out: Path, *, replace: bool) -> list[Path]:
    """Folders of the run that stands in `out`, which a new one is to replace; empty where there is none.

    Raises InputError where there is a run and `replace` is not meant, where other runs stand below, and where files
    of a run's names stand without one.
    """
    plays, others = _below(out)
    found = [folder for folder in (out, *plays) if is_run(folder)]
    if others:
        raise InputError(f"--out: {out} holds other runs, such as {others[0].relative_to(out)}; name another folder")
    for folder in (out, *plays):
        if folder not in found and (taken := [name for name in WRITTEN if os.path.lexists(folder / name)]):
            raise InputError(
                f"--out: {folder / taken[0]} is there and belongs to no run of a drill, so it stays; "
                "name another folder"
            )
    if found and not replace:
        raise InputError(f"--out: {out} holds a run already; --replace replaces it, or name another folder")
    return found


@contextmanager
def claimed(out: Path) -> Iterator[None]:
    """Nobody else's drill may use the folder meanwhile. Raises InputError where one does."""
    try:
        descriptor = os.open(out, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise InputError(f"--out: cannot open {out} ({error.strerror})") from None
    try:
        # The kernel lets go of it however this process ends. Some network file systems cannot lock a folder.
        with contextlib.suppress(OSError):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"--out: another drill is playing into {out}; name another folder") from None
        yield
    finally:
        os.close(descriptor)


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
        for name in WRITTEN:
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
        for name in (*TOLD, *reversed(WRITTEN)):
            (folder / name).unlink(missing_ok=True)


def _below(out: Path) -> tuple[list[Path], list[Path]]:
    """Folders in which a drill into `out` may put plays, ORDER, N or ORDER/N; and runs that stand elsewhere below."""
    plays: list[Path] = []
    others: list[Path] = []
    for folder in (*sorted(out.glob("*/")), *sorted(out.glob("*/*/"))):
        if UNFINISHED in str(folder.relative_to(out)):
            continue
        ours = [name in ORDERS or name.isdecimal() for name in folder.relative_to(out).parts]
        # What lies behind a link is somewhere else.
        if all(ours) and not (folder.is_symlink() or folder.parent.is_symlink()):
            plays.append(folder)
        elif is_run(folder):
            others.append(folder)
    return plays, others
