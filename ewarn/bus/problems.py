"""What went wrong with a line, in one clear line each: a refusal, which lasts until somebody changes a file, or not."""

import os
import re

from ewarn.bus.addresses import LineAddress
from ewarn.bus.roles import Role
from ewarn.errors import BusError, BusRefusedError
from ewarn.system.tls import explained


def explain(address: LineAddress, role: Role, error: Exception) -> BusError:
    """What a connection died of, as a sentence that names the address."""
    from nats import errors

    said = str(error).removeprefix("nats: ").strip("'").lower() or type(error).__name__
    match error:
        case errors.SecureConnRequiredError():
            return BusRefusedError(f"{address} does not speak TLS")
        case errors.SlowConsumerError():
            return BusError(f"{address}: more came on {error.subject} than could be heard")
        case errors.StaleConnectionError() | errors.ConnectionClosedError():
            return BusError(f"{address} closed the connection")
        case errors.AuthorizationError() | errors.Error() if "authorization" in said or "authentication" in said:
            return BusRefusedError(f"{address} refused the key of the {role.name} ({said})")
        case errors.Error() if "info message" in said:
            return BusError(f"{address} does not speak as a NATS server does")
        case TimeoutError():
            return BusError(f"{address} does not answer")
        case OSError():
            why = _plainly(error)
            kind = BusRefusedError if why.startswith("its certificate") else BusError
            return kind(f"{address}: {why}")
        case _:
            return BusError(f"{address}: {said}")


def _plainly(error: OSError) -> str:
    """What the system says: asyncio puts it into other words, of each address that a name has."""
    found = re.search(r"\[Errno (\d+)\]", str(error))
    return os.strerror(int(found[1])) if found else explained(error) or "it hung up in the middle of a greeting"
