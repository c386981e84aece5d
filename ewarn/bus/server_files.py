"""The file that a server of the bus is started with: whole, with its reasons, as nats-server reads it. Pure.

Nothing in it is newer than nats-server 2.9. Source: docs.nats.io, "Configuration" and "Accounts".
"""

import json
import re
from collections.abc import Iterable, Mapping

from ewarn.bus.lines import NamedLine
from ewarn.bus.roles import MESSAGE_BYTES, PASSAGES, ROLES, STREAM, Passage, Role, gateway, role
from ewarn.errors import InputError

MIB = 1 << 20
MOST_CONNECTIONS = 1024
CONNECTIONS = {"CENTRE": 16, "GATEWAYS": 512, "SWARMS": 256}
"""of each account at most; together fewer than a server's, so that there is room for those who have yet to say who"""
STORE_BYTES = 256 * MIB
"""of the stream on disk at most"""

HEAD = """\
# Line {name} of the ewarn bus, made by `ewarn bus keys`. Start it with
#     nats-server -c {path}
# Any nats-server from 2.9 on reads this file. The other line is a server of its own: do not join them to a cluster.

server_name: {server}
{listen}

# No monitoring port (http, https), no cluster, no gateway, no leaf nodes: what is not named here is not open.

# Limits. They are here so that one client, or somebody without a key, cannot take the server from all others.
# Most connections; each account below has its own part of them, so that gateways cannot shut the centre out.
max_connections: {connections}
max_subscriptions: 64           # of one connection
max_payload: {payload}             # bytes of a message; an account below may have less
# A client that reads too slowly may have so many bytes waiting here, then it is dropped, and connects anew. What
# it missed, it asks for. So one slow client costs at most this much memory, and holds up nobody for long. There is
# no limit of messages a second: somebody with a stolen key can make the line busy, until the key is made anew
# (ewarn bus keys --new-key). They cannot say anything in the centre's name.
max_pending: {pending}
write_deadline: "3s"            # a client that takes no bytes for so long is dropped
ping_interval: "5s"             # finds clients whose host is gone; the clients look for themselves every half second
ping_max: 2
authorization {{ timeout: 5 }}    # seconds to prove by a key who one is
"""
LISTENS = """\
# All networks of this host. Where only some should reach it, put one address here, or use a firewall.
host: "0.0.0.0"
port: {port}"""
LISTENS_HERE = """\
# This machine alone{why}.
host: {host}
port: {port}"""
TLS = """
# TLS for everybody. Clients trust ca.pem, and prove themselves by their keys. SIGHUP reads these files anew.
tls {{
  cert_file: {certificate}
  key_file: {key}
  timeout: 5
}}
"""
STORE = """
# The stream {stream} keeps the newest report of each quake for gateways that come late. A disk that is lost costs
# nothing but that: the other line has the same, and the centre makes the stream anew.
jetstream {{
  store_dir: {store}
  max_memory_store: 0
  max_file_store: {bytes}     # no key can fill the disk beyond this; the centre's alone can write at all
}}

# Who may do what. A key in a .nk file belongs to one of the users here; there is no other way in. A subject that is not
# named is refused. Each user hears its own answers alone (_INBOX_...), and each gateway speaks for itself alone.
# Accounts are apart: a message passes only where `exports` and `imports` say so. The stream is the centre's. Nobody
# may delete it or empty it, and from another account nothing can be written into it: only reports of the centre's key.
# Reports are signed beside that, so a gateway refuses what somebody else slips in.
accounts {{
"""
ACCOUNTS = "\naccounts {\n"
USER = re.compile(r"\{ # ([a-z]+ [a-z0-9-]+)\n\s*nkey: (U\w+)")
PAYLOAD = re.compile(r"max_payload: \d+ ")
FURTHER = "      # Here `ewarn bus keys --add --gateway NAME` puts further ones.\n"
JETSTREAM = """\
    jetstream {{ max_memory: 0, max_file: {bytes} }}
"""


def server_file(line: NamedLine, public: Mapping[Role, str], folder: str, store: str) -> str:
    """The file of a line's server.

    `public`: the public keys of all who call. `folder`: where its files stand on its host. `store`: where it keeps the
    stream.
    """
    path = f"{folder}/{line.name}"
    listen = LISTENS
    if line.here:
        listen = LISTENS_HERE.replace("{why}", "" if line.tls else ", so that TLS is not needed")
    parts = [
        HEAD.format(
            name=line.name,
            path=f"{path}.conf",
            server=_quoted(line.name),
            listen=listen.format(host=_quoted(line.here), port=line.port),
            connections=MOST_CONNECTIONS,
            payload=max(MESSAGE_BYTES.values()),
            pending=8 * MIB,
        ),
        *[TLS.format(certificate=_quoted(f"{path}.pem"), key=_quoted(f"{path}.key"))] * line.tls,
        STORE.format(stream=STREAM, store=_quoted(store), bytes=STORE_BYTES),
        *(_account(name, public) for name in CONNECTIONS),
        "}\n",
    ]
    return "".join(parts)


def with_gateways(text: str, public: Mapping[Role, str]) -> str:
    """The file of a server, with these gateways too. Raises InputError where it does not say where to put them."""
    if text.count(FURTHER) != 1:
        raise InputError(f"no line {FURTHER.strip()!r}")
    return text.replace(FURTHER, "".join(_user(one, key) for one, key in public.items()) + FURTHER)


def renewed(text: str) -> str:
    """The file of a server with the same keys, who may do what by this version.

    Raises InputError where it is none that this program made.
    """
    head, found, accounts = text.partition(ACCOUNTS)
    public = {_titled(title): key for title, key in USER.findall(accounts)}
    if not found or len(public) != accounts.count("nkey:") or not {*ROLES} <= public.keys():
        raise InputError("no file that ewarn bus keys made")
    head = PAYLOAD.sub(f"max_payload: {max(MESSAGE_BYTES.values())} ", head)
    return "".join([head, ACCOUNTS, *(_account(name, public) for name in CONNECTIONS), "}\n"])


def _titled(title: str) -> Role:
    """Whom a file names so, see `Role.titled`. Raises InputError."""
    kind, _, host = title.partition(" ")
    return gateway(host) if kind == "gateway" else role(host)


def _user(one: Role, key: str) -> str:
    return (
        f"      {{ # {one.titled}\n"
        f"        nkey: {key}\n"
        f"        permissions {{\n"
        f"          publish {{ allow: {_list(one.publish)} }}\n"
        f"          subscribe {{ allow: {_list(one.hears)} }}\n"
        f"        }}\n"
        f"      }}\n"
    )


def _account(name: str, public: Mapping[Role, str]) -> str:
    users = (_user(one, key) for one, key in public.items() if one.account == name)
    further = FURTHER if name == "GATEWAYS" else ""
    exports = (_export(one) for one in PASSAGES if one.owner == name)
    imports = (_import(one) for one in PASSAGES if name in one.users)
    return (
        f"  {name} {{\n"
        f"    limits {{ max_connections: {CONNECTIONS[name]}, max_payload: {MESSAGE_BYTES[name]} }}\n"
        f"{JETSTREAM.format(bytes=STORE_BYTES) if name == 'CENTRE' else ''}"
        f"    users [\n{''.join(users)}{further}    ]\n"
        f"    exports [\n{''.join(exports)}    ]\n"
        f"    imports [\n{''.join(imports)}    ]\n"
        f"  }}\n"
    )


def _export(one: Passage) -> str:
    return f"      {{ {one.kind}: {_quoted(one.subject)}, accounts: [{', '.join(one.users)}] }}\n"


def _import(one: Passage) -> str:
    known_as = f", to: {_quoted(one.known_as)}" if one.known_as != one.subject else ""
    return f"      {{ {one.kind}: {{ account: {one.owner}, subject: {_quoted(one.subject)} }}{known_as} }}\n"


def _list(subjects: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, subjects))}]"


def _quoted(text: str) -> str:
    """As a string of nats-server's files, whose escapes are among JSON's."""
    return json.dumps(text, ensure_ascii=False)
