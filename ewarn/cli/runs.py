"""Verbs about runs that are over: a folder is all that is left of one."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from ewarn.cli.language import echo
from ewarn.cli.options import asked_by, check_file, make_folder, noting, tell_problems, verb
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console
from ewarn.errors import WriteError, not_one_of
from ewarn.system.address import LISTEN

HEADING = "Read runs"
ANYWAY = click.option(
    "--anyway",
    is_flag=True,
    help="Compare runs even if they differ in more than their strategy, and list the differences.",
)


@verb("ewarn compare runs/fifo runs/deadline --out runs/fifo-deadline")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for compare.json, compare.svg and compare.png.")
@ANYWAY
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON on stdout, and nothing else.")
def compare(runs: tuple[Path, ...], out: Path | None, anyway: bool, as_json: bool) -> None:
    """Compare runs of one quake: who was warned, and who was lost.

    Runs can be compared if they have the same quake, reports, users, gates and targets. Plays of one strategy are
    taken together, and a folder of several plays counts with all of them.
    """
    from ewarn.runs import comparison, comparison_results

    if out:
        make_folder(out)
    strategies = comparison.load(runs, anyway=anyway)
    found = comparison.document(strategies)
    problems: list[WriteError | str] = []
    with noting(problems):
        problems += comparison_results.write(found, strategies, out) if out else []
    if as_json:
        tell(found)
    else:
        plain_console().print(comparison_results.table(found))
    sys.exit(tell_problems(problems))


@verb("ewarn explain runs/deadline --user 123")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--user", required=True, help="Number of the user, such as 123 or u123.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON on stdout, and nothing else.")
def explain(run: Path, user: str, as_json: bool) -> None:
    """Say why each report of a run reached one user when it did.

    For a report that did not reach the user, it says what held it back.
    """
    from ewarn.runs import explain as explanation

    told = explanation.explain(run, explanation.user_number(user))
    if as_json:
        tell(told)
    else:
        for line in explanation.lines(told):
            echo(line)


@verb("ewarn report runs/deadline runs/fifo --charts runs/slides")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write.  [default: report.html in the first run]")
@click.option("--charts", type=click.Path(path_type=Path), help="Folder for all charts as SVG and PNG, for slides.")
@ANYWAY
def report(runs: tuple[Path, ...], out: Path | None, charts: Path | None, anyway: bool) -> None:
    """Write the report of a run as one HTML file.

    The file opens from disk, in English or the reader's language. With several runs, the first is reported and
    compared with the others, by the rules of `ewarn compare`.
    """
    from ewarn.briefing import pictures

    pictures.require()
    from ewarn.briefing import page

    if out:
        check_file(out)
    if charts:
        make_folder(charts, "--charts")
    written = page.write(runs, out, charts, anyway=anyway, warn=partial(echo, err=True))
    echo(f"{written}: {written.stat().st_size / 1e6:.1f} MB")


@verb("ewarn view runs/deadline runs/fifo")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--listen", default=LISTEN, show_default=True, help="Address of the page, HOST:PORT, on loopback.")
@asked_by
@click.option("--json", "as_json", is_flag=True, help="Print the address as one JSON line on stdout.")
def view(runs: tuple[Path, ...], listen: str, as_json: bool, **given: Any) -> None:
    """Serve the page of finished runs, until Ctrl-C.

    Two plays are shown side by side, by the rules of `ewarn compare`. Of more plays, the page offers each by itself.
    There is no token, and nothing can be started from the page.
    """
    from dataclasses import asdict

    from ewarn.demo.serving import Place
    from ewarn.demo.view import ViewSettings, ViewStarted, run
    from ewarn.words import say

    def on_start(started: ViewStarted) -> None:
        if as_json:
            tell(asdict(started))
            return
        echo(say("cli.open", started.page), err=True)
        echo(say("cli.nothing-starts"), err=True)

    run(ViewSettings(runs, Place(listen, given["allow_host"], given["allow_origin"])), on_start)
    echo(say("cli.view-stopped"), err=True)


@verb("ewarn schema verdict > verdict.schema.json")
@click.argument("file", default="verdict", metavar="[FILE]")
def schema(file: str) -> None:
    """Print the JSON Schema of a file: every key, its type and its meaning.

    FILE: verdict (verdict.json of a run), reports (its reports.json), clocks (its clocks.json), compare
    (compare.json), or explain (what `explain --json` prints).
    """
    from ewarn.runs.schema import FILES
    from ewarn.runs.schema import schema as schema_of

    if file not in FILES:
        raise not_one_of("file", file, FILES)
    tell(schema_of(file), indent=1)
