"""Which shards to start and which to drain, so that there are as many as wanted. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ewarn.errors import InputError
from ewarn.gateway.settings import Layout


@dataclass(frozen=True)
class Change:
    """Shards by index."""

    drain: Sequence[int] = ()
    start: Sequence[int] = ()


def change(count: int, kept: Sequence[int], free: Sequence[int], layout: Layout, have: int, *, force: bool) -> Change:
    """Make `count` of the shards `kept`, that take connections or soon will; `free` indices have no shard.

    Raises InputError for more than there can be, and for so few that some of the `have` connections find no room,
    unless forced: a phone that finds no room is not warned.
    """
    most = layout.most_shards
    if not 1 <= count <= most:
        raise InputError(f"count: {count} shards, at least 1 and at most {most}")
    if (missing := max(0, count - len(kept))) > len(free):
        raise InputError(f"count: {missing} shards more, there is room for {len(free)} while others drain")
    room = sum(layout.of(index) for index in kept[:count])
    if count < len(kept) and room < have and not force:
        raise InputError(
            f"count: {have:,} connections are open, {count} of {len(kept)} shards would hold {room:,}; "
            f"force leaves {have - room:,} without"
        )
    return Change(kept[count:], free[:missing])
