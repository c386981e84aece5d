"""What a line has yet to acknowledge, by subject: one report in flight, and the newest alone after it. Pure.

Parallel retries of reports 5 to 9 were stored as 8, 9, 7, 6, 5: the last of the subject, which is what a gateway gets
that comes late, was the oldest. So one is in flight at a time; and since one that was given up may still arrive by a
connection that was dropped, each says which message of the stream it follows (`Nats-Expected-Last-Subject-Sequence`).
The stream keeps no other: what is late, or another centre's, is found out, and the newer of both stays.
"""

from dataclasses import dataclass, replace

from ewarn.wire.bus import ReportName

RETRY_S = 0.5
"""before a report that was not acknowledged goes again; at once where the line is new"""
MOST_SUBJECTS = 256
"""of which reports are kept for a line; those of which nothing was said for longest go first"""


@dataclass(frozen=True)
class Message:
    """A report on its way."""

    subject: str
    name: ReportName
    payload: bytes

    def is_newer(self, other: ReportName | None) -> bool:
        """Whether it takes the other's place: a play that began later, or a later report of the same."""
        return other is None or (self.name.play, self.name.number) > (other.play, other.number)


@dataclass(frozen=True)
class Sending:
    """A message that is to be sent now."""

    message: Message
    follows: int
    """number of the message that the stream is to have last there; 0: none"""


@dataclass(frozen=True)
class _Subject:
    """The newest message of a subject, and how far it has come."""

    newest: Message
    flying: Sending | None = None
    follows: int = 0
    stored: ReportName | None = None
    """the last that the line has acknowledged"""
    not_before: float = 0.0

    @property
    def lacks(self) -> bool:
        return self.newest.is_newer(self.stored)


class Outgoing:
    """The messages of one line. `now`: seconds of one clock."""

    def __init__(self) -> None:
        self._subjects: dict[str, _Subject] = {}

    def add(self, message: Message) -> None:
        """Have it go, in place of what was to go there, unless that is as new."""
        known = self._subjects.pop(message.subject, _Subject(message))
        newest = message if message.is_newer(known.newest.name) else known.newest
        fresh = newest is not known.newest
        self._subjects[message.subject] = replace(known, newest=newest, not_before=0.0 if fresh else known.not_before)
        if len(self._subjects) > MOST_SUBJECTS:
            del self._subjects[next(iter(self._subjects))]

    def take(self, now: float) -> list[Sending]:
        """What is to be sent now; from here on it is in flight."""
        due = [one for one in self._subjects.values() if one.lacks and not one.flying and one.not_before <= now]
        sent = [Sending(one.newest, one.follows) for one in due]
        for one, flying in zip(due, sent, strict=True):
            self._put(replace(one, flying=flying))
        return sent

    def next_due(self) -> float | None:
        """When something is to be sent, unless it is told of another end before; None: nothing is."""
        return min((one.not_before for one in self._subjects.values() if one.lacks and not one.flying), default=None)

    def stored(self, sending: Sending, number: int) -> None:
        """The line has it, under this number."""
        if one := self._flown(sending):
            self._put(replace(one, flying=None, follows=number, stored=sending.message.name))

    def follows(self, sending: Sending, number: int, kept: ReportName | None) -> None:
        """The line has not stored it, since it has another there, `kept`, under this number; None and 0: nothing.

        Where that is as new, all is well; else the newest follows it at once.
        """
        if one := self._flown(sending):
            self._put(replace(one, flying=None, follows=number, stored=kept, not_before=0.0))

    def failed(self, sending: Sending, now: float) -> None:
        """It was not acknowledged: it may have been stored, or may be so yet. A newer one does not wait."""
        if one := self._flown(sending):
            again = now + RETRY_S if one.newest is sending.message else 0.0
            self._put(replace(one, flying=None, not_before=again))

    def renew(self) -> None:
        """The line is another one, which may have lost all: the newest of each subject goes again, at once.

        As if there were nothing yet: a new stream counts from 1 again, so that a number says nothing of what is there.
        """
        for one in list(self._subjects.values()):
            self._put(_Subject(one.newest))

    def lacking(self) -> list[ReportName]:
        """Those of the newest that the line has not acknowledged."""
        return [one.newest.name for one in self._subjects.values() if one.lacks]

    def has(self, message: Message) -> bool:
        """Whether the line has acknowledged this message, or a newer one in its place."""
        one = self._subjects.get(message.subject)
        return one is not None and not message.is_newer(one.stored)

    def _flown(self, sending: Sending) -> _Subject | None:
        """The subject on which it is in flight; None where it has been given up since."""
        one = self._subjects.get(sending.message.subject)
        return one if one and one.flying is sending else None

    def _put(self, one: _Subject) -> None:
        self._subjects[one.newest.subject] = one
