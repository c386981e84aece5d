"""Say by the exit code whether a gateway is fit to alert: 0 where it answers, and hears the bus if it has one.

`python healthy.py [URL]`, for HEALTHCHECK of a container. It asks the gateway beside it, whose certificate is for
another name, so no certificate is checked.
"""

import json
import ssl
import sys
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

URL = "http://127.0.0.1:8600/healthz"
UNFIT = {"stale"}
"""it alerts no more: it hears neither line of the bus. A gateway that is degraded, or drains, still does"""


def status_of(url: str) -> str:
    """What the gateway says of itself. Raises as urlopen and json do where it says nothing."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    try:
        with urlopen(url, timeout=4, context=unchecked) as answer:  # noqa: S310  whoever starts it says where
            said = answer.read()
    except HTTPError as error:  # it may say so by the HTTP status as well
        said = error.read()
    return str(json.loads(said)["status"])


def main(url: str = URL) -> int:
    """The exit code; what was found is in one line, which `docker inspect` shows."""
    try:
        status = status_of(url)
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        sys.stdout.write(f"{url}: {error!r}\n")
        return 1
    sys.stdout.write(f"{status}\n")
    return int(status in UNFIT)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
