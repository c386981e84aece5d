"""Who may do what on the bus: roles, the account that each is in, and the subjects that it may use. Pure.

Each gateway has a key of its own, which lets it speak for itself alone: one that is stolen says nothing of other hosts.

Accounts are worlds of their own: a message passes from one to another only where both servers' files say so. The stream
of reports is in the centre's account, which gateways are not in. That is why: a server answers requests to its stream
on whatever subject they name for the answer, and asks nobody whether that is allowed. In one account, a stolen key of a
gateway could have such answers kept as reports, in place of the true ones. From another account they stay there.

Who hears what comes from another account asks for what is kept after that: nats-server 2.15 confirms the subscription
up to 2 ms before the first message comes through (seen with 2.15.1 in some 5 of 100 trials; not with 2.9.10).
"""

from dataclasses import dataclass

from ewarn.errors import not_one_of

STREAM = "EWARN"
OWN_API, SHOWN_API = "$JS.API", "ewarn.kept"
"""what begins the subjects of requests to the stream: within its account, and where it is shown to others"""
ASKED = (f"STREAM.INFO.{STREAM}", f"STREAM.MSG.GET.{STREAM}")
"""requests that read"""
MADE = (f"STREAM.CREATE.{STREAM}", f"STREAM.UPDATE.{STREAM}")
"""requests that make the stream, and have it be as it should; nobody may delete it, or what it keeps"""
KIB = 1 << 10
MESSAGE_BYTES = {"CENTRE": 64 * KIB, "GATEWAYS": 64 * KIB, "SWARMS": 512 * KIB}
"""of a message of each account at most; receipts of swarms come in large pieces"""


@dataclass(frozen=True)
class Role:
    """What the holder of one key is."""

    name: str
    account: str
    publish: tuple[str, ...]
    hear: tuple[str, ...]
    host: str = ""
    """of a gateway: what it is called among gateways"""

    @property
    def key(self) -> str:
        """What its key is called."""
        return self.host or self.name

    @property
    def titled(self) -> str:
        """It, in words."""
        return f"{self.name} {self.host}" if self.host else f"a {self.name}"

    @property
    def api(self) -> str:
        """What begins the subjects of its requests to the stream."""
        return OWN_API if self.account == "CENTRE" else SHOWN_API

    @property
    def inbox(self) -> str:
        """What begins the subjects of its answers, which nobody else hears."""
        return f"_INBOX_{self.name}_{self.host}" if self.host else f"_INBOX_{self.name}"

    @property
    def message_bytes(self) -> int:
        """Of a message that it says or hears, at most."""
        return MESSAGE_BYTES[self.account]

    @property
    def hears(self) -> tuple[str, ...]:
        """All subjects that it may subscribe to."""
        return (*self.hear, f"{self.inbox}.>")


def _under(api: str, *requests: str) -> tuple[str, ...]:
    return tuple(f"{api}.{one}" for one in requests)


ROLES = (
    Role(
        "centre",
        "CENTRE",
        ("ewarn.reports.*", "ewarn.pulse", *_under(OWN_API, *ASKED, *MADE)),
        ("ewarn.taken.*", "ewarn.hosts.*"),
    ),
    Role(
        "swarm",
        "SWARMS",
        ("ewarn.swarm.answers.>", "_INBOX_conductor.>"),
        ("ewarn.swarm.orders.>",),
    ),
    Role(
        "conductor",
        "SWARMS",
        ("ewarn.swarm.orders.>", "ewarn.noted.orders.*"),
        ("ewarn.swarm.answers.>", "ewarn.noted.answers.*", "ewarn.hosts.*"),
    ),
)
"""of which there is one key each; gateways are beside them"""


def gateway(host: str) -> Role:
    """The gateway that is called so: `lines.NAME`."""
    return Role(
        "gateway",
        "GATEWAYS",
        (f"ewarn.taken.{host}", f"ewarn.hosts.{host}", f"ewarn.noted.answers.{host}", *_under(SHOWN_API, *ASKED)),
        ("ewarn.reports.*", "ewarn.pulse", "ewarn.hosts.*", f"ewarn.noted.orders.{host}"),
        host,
    )


@dataclass(frozen=True)
class Passage:
    """Messages, or requests, that pass from one account to others."""

    kind: str
    """stream: messages that are published there; service: requests to who is there"""
    subject: str
    owner: str
    """the account that they come from; of a service, that answers"""
    users: tuple[str, ...]
    """accounts that have them"""
    known_as: str
    """what the users call it"""


PASSAGES = (
    Passage("stream", "ewarn.reports.*", "CENTRE", ("GATEWAYS",), "ewarn.reports.*"),
    Passage("stream", "ewarn.pulse", "CENTRE", ("GATEWAYS",), "ewarn.pulse"),
    *(Passage("service", f"{OWN_API}.{one}", "CENTRE", ("GATEWAYS",), f"{SHOWN_API}.{one}") for one in ASKED),
    Passage("stream", "ewarn.taken.*", "GATEWAYS", ("CENTRE",), "ewarn.taken.*"),
    Passage("stream", "ewarn.hosts.*", "GATEWAYS", ("CENTRE", "SWARMS"), "ewarn.hosts.*"),
    Passage("stream", "ewarn.noted.orders.*", "SWARMS", ("GATEWAYS",), "ewarn.noted.orders.*"),
    Passage("stream", "ewarn.noted.answers.*", "GATEWAYS", ("SWARMS",), "ewarn.noted.answers.*"),
)


def role(name: str) -> Role:
    """The role of this name, of those that have one key. Raises InputError."""
    for one in ROLES:
        if one.name == name:
            return one
    raise not_one_of("role", name, [one.name for one in ROLES])
