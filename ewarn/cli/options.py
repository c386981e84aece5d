"""What verbs are made of: help that ends with an example, kinds of options, a folder for results."""

import math
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from ewarn.cli.language import in_force
from ewarn.errors import InputError, WriteError, not_one_of, quoted

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
"""settings of every command"""
MOST_DIGITS = 12
"""of a count"""


def example(command: str) -> str:
    """What the help of a command ends with."""
    return f"\b\nExample:\n  {command}"


def verb(shown: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command whose help ends with an example."""
    return click.command(epilog=example(shown), context_settings=HELP)


def make_folder(path: Path, option: str = "--out") -> None:
    """Find out that results cannot be kept before there are any."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "it is no folder" if path.exists() and not path.is_dir() else error.strerror
        raise InputError(f"{option}: cannot write to {path} ({why})") from None
    if not os.access(path, os.W_OK | os.X_OK):
        why = "Read-only file system" if os.statvfs(path).f_flag & os.ST_RDONLY else "Permission denied"
        raise InputError(f"{option}: cannot write to {path} ({why})")


def check_file(path: Path, option: str = "--out") -> None:
    """Find out that a file cannot be written before there is anything to write."""
    if path.is_dir():
        raise InputError(f"{option}: cannot write {path} (it is a folder)")
    if not (folder := path.resolve().parent).is_dir():
        raise InputError(f"{option}: cannot write {path} (there is no folder {folder})")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(f"{option}: cannot write {path} (Permission denied)")


def check_new(path: Path, option: str = "--out") -> None:
    """What took a run to measure is not written over."""
    if os.path.lexists(path):
        raise InputError(f"{option}: {path} already exists; name another folder")


@contextmanager
def noting(problems: list[WriteError | str]) -> Iterator[None]:
    """Note what could not be written, so that what was found is told all the same."""
    try:
        yield
    except WriteError as error:
        problems.append(error)


def tell_problems(problems: Iterable[WriteError | str]) -> int:
    """Print a line each; give the exit code that they add to a command's own."""
    from ewarn.words import into

    code = 0
    for problem in problems:
        click.echo(f"ewarn: {into(str(problem), in_force())}", err=True)
        code = max(code, problem.exit_code if isinstance(problem, WriteError) else 0)
    return code


def formerly(old: str, new: str, **given: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Take an option by the name that it had until 0.1 too, with a word; `given` is what kind of option it is."""
    name, once = new.strip("-"), f"{old.strip('-')}_until_0_1"

    def give(run: Callable[..., None]) -> Callable[..., None]:
        @click.option(old, once, hidden=True, **given)
        @wraps(run)
        def chosen(**said: Any) -> None:
            if (value := said.pop(once)) is not None:
                click.echo(f"ewarn: {old} is called {new} here; the old name works in this release alone", err=True)
                said[name] = said[name] if was_said(click.get_current_context(), name) else value
            run(**said)

        return chosen

    return give


def was_said(context: click.Context, name: str) -> bool:
    """Whether a parameter is on the command line, and not by default."""
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


CONTROL_WORDS = "HOST:PORT; with TLS where --ca is given, or as wss://HOST:PORT"


def at_ca(run: Callable[..., None]) -> Callable[..., None]:
    """Give a verb `--ca`."""
    return click.option(
        "--ca", help="File with the certificates to trust, PEM, for TLS.  [default: those that this system trusts]"
    )(run)


signing_key = click.option(
    "--signing-key",
    help="File with the key that signs the reports, see ewarn keys.  [default: the key that the gateway made itself]",
)
"""an option of verbs that release reports"""


def at_bus(run: Callable[..., None]) -> Callable[..., None]:
    """Give a verb `--bus`, with `--key` and `--bus-ca`."""
    bus = click.option(
        "--bus",
        metavar="URL[,URL]",
        help="The servers of the bus, tls://HOST[:PORT], one or two. nats:// without TLS is for loopback.",
    )
    key = click.option("--key", metavar="FILE", help="File with the key for the bus, see ewarn bus keys.")
    ca = click.option(
        "--bus-ca",
        metavar="FILE",
        help="Certificates to trust for the bus, PEM.  [default: ca.pem beside --key, else those of this system]",
    )
    return bus(key(ca(run)))


def at_control(run: Callable[..., None]) -> Callable[..., None]:
    """Give a verb `--control`, the control address of a gateway, which was called `--to`."""

    @click.option("--control", help=f"The gateway's control address, {CONTROL_WORDS}.  [required]")
    @at_ca
    @formerly("--to", "--control")
    @wraps(run)
    def chosen(*, control: str | None, **given: Any) -> None:
        if control is None:
            raise click.UsageError("Missing option '--control'.")
        run(control=control, **given)

    return chosen


def asked_by(run: Callable[..., None]) -> Callable[..., None]:
    """Give a verb that serves `--allow-host` and `--allow-origin`, each of which may come several times."""
    host = click.option(
        "--allow-host",
        metavar="NAME",
        multiple=True,
        help="Also answer requests to this host name; * allows every name. Can be given several times.",
    )
    origin = click.option(
        "--allow-origin",
        metavar="URL",
        multiple=True,
        help="Also answer web pages of this origin, scheme://HOST:PORT. Can be given several times.",
    )
    return host(origin(run))


class OneOf(click.Choice):  # type: ignore[type-arg]
    """A name of a registry, `module:name`, which is imported when it is looked into: other help comes at once."""

    case_sensitive = True

    def __init__(self, registry: str) -> None:
        self._module, _, self._name = registry.partition(":")

    @property
    def choices(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names, in the registry's order."""
        return tuple(getattr(import_module(self._module), self._name))

    def first(self) -> str:
        """The first of them, as the default of an option."""
        return self.choices[0]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002
        """Refuse another name in a line, with the one that is meant, perhaps."""
        if value not in self.choices:
            raise not_one_of(param.opts[0] if param else self.name, value, self.choices)
        return value


class SomeOf(OneOf):
    """Several of them, with commas between."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """A list of names, in the order given."""
        given = [name.strip() for name in value.split(",") if name.strip()]
        if not given:
            raise InputError(f"{param.opts[0] if param else self.name}: expected names, got {quoted(value)}")
        return [super(SomeOf, self).convert(name, param, ctx) for name in given]


ORDERS = "ewarn.dispatch.orders:ORDERS"
ORDER, SOME_ORDERS, ENGINE = OneOf(ORDERS), SomeOf(ORDERS), OneOf("ewarn.gateway.engines:CHOICES")
PHONES = OneOf("ewarn.swarm.kind:WISHES")
ZONE, MAGNITUDE_TYPE = OneOf("ewarn.seismic.intensity:ZONES"), OneOf("ewarn.seismic.magnitudes:MAGNITUDE_TYPES")


class Number(click.FloatRange):
    """A range of numbers; comparisons with nan are all false, so that click's own lets it through."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Also refuse nan."""
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail("nan is not a number", param, ctx)
        return number


def amount(*names: str, most: float, **given: Any) -> Callable[[Any], Any]:
    """An option for a number above zero."""
    return click.option(*names, type=Number(0, most, min_open=True), show_default=True, **given)


def counts(_context: click.Context, parameter: click.Parameter, value: str) -> list[int]:
    """Callback of an option that takes whole numbers above zero, with commas between them."""
    words = [word.strip().replace("_", "") for word in value.split(",")]
    if not all(word.isdecimal() and len(word) < MOST_DIGITS and int(word) > 0 for word in words):
        raise InputError(f"--{parameter.name}: expected numbers such as 20000,96000, got {quoted(value)}")
    return [int(word) for word in words]
