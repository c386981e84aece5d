"""Subjects of the bus, and what a quake or a host is called in them. Pure."""

from ewarn.seismic.origin import Report

REPORTS, PULSE, TAKEN, HOSTS = "ewarn.reports.*", "ewarn.pulse", "ewarn.taken.*", "ewarn.hosts.*"
_REVIEWED = "~~reviewed"


def of_quake(quake: str, *, reviewed: bool = False) -> str:
    """Where a quake's warnings go, or the quick reports after them.

    A dot parts a subject's tokens, so it is written `~`, which no quake's id has. Warnings and quick reports each have
    their own subject: a stream keeps the last message of each, and a quick report does not replace a cancel.
    """
    return REPORTS[:-1] + quake.replace(".", "~") + (_REVIEWED if reviewed else "")


def of_report(report: Report) -> str:
    """Where a report goes."""
    return of_quake(report.quake, reviewed=not report.counts_as_warning)


def quake_of(subject: str) -> str:
    """The quake whose reports go there."""
    return subject.removeprefix(REPORTS[:-1]).removesuffix(_REVIEWED).replace("~", ".")


def taken(host: str) -> str:
    """Where a host answers to reports."""
    return TAKEN[:-1] + host


def standing(host: str) -> str:
    """Where a host says how it stands."""
    return HOSTS[:-1] + host


def host_of(subject: str) -> str:
    """Whose subject it is: the server lets a host speak for itself alone only where its key is its own."""
    return subject.rpartition(".")[2]
