"""The command line: verbs, options, exit codes. Human text goes to stderr, results to stdout.

What a verb needs is imported when it is called, so that help comes at once.
"""

import errno
import logging
import os
import signal
import sys
from types import ModuleType
from typing import Any

import click

from ewarn import __version__
from ewarn.cli import drills, gateways, hosts, language, measuring, quakes, runs, services
from ewarn.cli.options import HELP
from ewarn.cli.outlets import UNWRITTEN, exit_code, outlets
from ewarn.cli.plain import visible
from ewarn.errors import EwarnError, InputError


def _verbs(module: ModuleType) -> tuple[click.Command, ...]:
    """Of a module, in the order in which they stand there; not what is a command of a verb."""
    found = [one for one in vars(module).values() if isinstance(one, click.Command)]
    inner = [one for verb in found if isinstance(verb, click.Group) for one in verb.commands.values()]
    return tuple(one for one in found if one not in inner)


GROUPS = {module.HEADING: _verbs(module) for module in (drills, gateways, hosts, services, measuring, runs, quakes)}
"""verbs by what they are for, a module each, in the order of work"""
VERBS = tuple(verb for verbs in GROUPS.values() for verb in verbs)

INTERRUPTED = 130
DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
"""what is wrong with a disk, and not with what was asked for"""


class Verbs(click.Group):
    """Prints errors as lines, and exits with the code that each kind has."""

    def main(self, *words: Any, **given: Any) -> Any:
        """Run, and tell of it where something could not be printed."""
        with outlets() as used:
            try:
                return super().main(*words, **given)
            except SystemExit as end:
                # Else it is a sentence, which the interpreter prints.
                if isinstance(end.code, int | None):
                    raise SystemExit(exit_code(end.code or 0, used)) from None
                raise

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """A heading for each group of verbs; no verb's line is cut off."""
        wide = max(len(name) for name in self.commands)
        for heading, verbs in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{one.name:{wide}}", one.get_short_help_str(limit=200)) for one in verbs])

    def invoke(self, context: click.Context) -> Any:
        """Run a verb."""
        try:
            return super().invoke(context)
        except EwarnError as error:
            for line in _lines(error):
                click.echo(f"ewarn: {visible(line)}", err=True)
            sys.exit(error.exit_code)
        except OSError as error:
            if error.filename is None or error.strerror is None:
                raise
            click.echo(f"ewarn: {visible(os.fsdecode(error.filename))}: {error.strerror}", err=True)
            sys.exit(UNWRITTEN if error.errno in DISK else InputError.exit_code)
        except KeyboardInterrupt:
            from ewarn.words import say

            click.echo(f"ewarn: {_spoken(say('cli.interrupted'))}", err=True)
            sys.exit(INTERRUPTED)


def _lines(error: EwarnError) -> list[str]:
    """What went wrong, in the reader's language where it is `Said`; most of it names keys, and is English."""
    problems = list(error.problems) if isinstance(error, InputError) else [str(error)]
    return [line for problem in problems for line in _spoken(problem).split("\n")]


def _spoken(text: str) -> str:
    if type(text) is str:
        return text
    from ewarn.words import into

    return into(text, language.in_force())


@click.group(cls=Verbs, commands=VERBS, context_settings=HELP)
@click.version_option(__version__, package_name="ewarn")
@click.option("--lang", help="Language of what is shown, en or zh.  [default: EWARN_LANG, or the locale's]")
def main(lang: str | None) -> None:
    """Earthquake early-warning fan-out simulator: from a quake to a verdict, over real WebSockets.

    Every message that it sends says that it is a drill.
    """
    if lang is not None or os.environ.get("EWARN_LANG"):
        language.in_force()  # raises InputError for one that there is not
    # A plain `kill` ends a command as Ctrl-C does: children first. So does a terminal that is closed, without `nohup`.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    if not sys.platform.startswith("linux"):
        raise InputError(f"needs Linux (epoll, io_uring); this is {sys.platform}")
    from ewarn.system.machine import use_all_files

    use_all_files()
