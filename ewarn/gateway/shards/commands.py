"""What a supervisor tells its shards over their pipes, and what one says back. Reports go as themselves."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from ewarn.errors import GatewayError


class Verb(StrEnum):
    """What is to be done; behind it stand its arguments."""

    PUBLISH = "publish"
    """report, round, when it was released (monotonic ns)"""
    REMEMBER = "remember"
    """report, when it was released (monotonic ns): in force, and told to those alone who come from now on"""
    OPEN = "open"
    """take connections"""
    DRAIN = "drain"
    """connections handed over in all: send everyone away, and end"""
    CHANGE = "change"
    """strategy"""
    READY = "ready"
    """a shard's own, and the only one: it can be opened"""


def obey(told: object, by: Mapping[Verb, Callable[..., object]]) -> None:
    """Do what a message from the pipe says. Raises GatewayError, which names it, where nobody here can."""
    match told:
        case (Verb() as verb, *arguments) if verb in by:
            by[verb](*arguments)
        case _:
            said = told[0] if isinstance(told, tuple) and told else told
            raise GatewayError(f"unknown command {str(said)[:40]!r}; there are {', '.join(by)}")
