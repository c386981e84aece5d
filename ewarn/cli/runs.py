"""Verbs about runs that are over: a folder is all that is left of one."""

import sys
from pathlib import Path

import click

from ewarn.cli.options import check_file, make_folder, tell_problems, verb
from ewarn.cli.outlets import tell
from ewarn.cli.plain import plain_console
from ewarn.errors import WriteError

ANYWAY = click.option(
    "--anyway", is_flag=True, help="Compare runs that differ in more than their strategy, and say how they do."
)


@verb("ewarn compare runs/fifo runs/deadline --out runs/fifo-deadline")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for compare.json, compare.svg and compare.png.")
@ANYWAY
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON, and nothing else, on stdout.")
def compare(runs: tuple[Path, ...], out: Path | None, anyway: bool, as_json: bool) -> None:
    """Hold runs of one quake side by side: who was warned in time, who was lost to dispatch, what order is worth.

    A folder of several plays counts with all of them; plays of one strategy go together. Runs can be compared where
    quake, reports, users, gates and targets are the same.
    """
    from ewarn.runs import comparison, comparison_results

    if out:
        make_folder(out)
    strategies = comparison.load(runs, anyway=anyway)
    found = comparison.document(strategies)
    problems: list[WriteError | str] = []
    try:
        problems += comparison_results.write(found, strategies, out) if out else []
    except WriteError as error:
        problems.append(error)
    if as_json:
        tell(found)
    else:
        plain_console().print(comparison_results.table(found))
    sys.exit(tell_problems(problems))


@verb("ewarn explain runs/deadline --user 123")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--user", required=True, help="Number of the user, such as 123 or u123.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON, and nothing else, on stdout.")
def explain(run: Path, user: str, as_json: bool) -> None:
    """Say of one user why each report of a run reached him when it did, or what held it back."""
    from ewarn.runs import explain as explanation

    told = explanation.explain(run, explanation.user_number(user))
    if as_json:
        tell(told)
    else:
        click.echo("\n".join(explanation.lines(told)))


@verb("ewarn report runs/deadline runs/fifo --charts runs/slides")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write [default: report.html in the first RUN].")
@click.option("--charts", type=click.Path(path_type=Path), help="Folder for every chart as SVG and PNG, for slides.")
@ANYWAY
def report(runs: tuple[Path, ...], out: Path | None, charts: Path | None, anyway: bool) -> None:
    """Write the report of a run as one file that opens from disk; of several, the first compared with the others.

    A folder of several plays counts with all of them. Of several runs the same holds as for `compare`.
    """
    from ewarn.report import pictures

    pictures.require()
    from ewarn.report import page

    if out:
        check_file(out)
    if charts:
        make_folder(charts, "--charts")
    written = page.write(runs, out, charts, anyway=anyway)
    click.echo(f"{written}: {written.stat().st_size / 1e6:.1f} MB")
