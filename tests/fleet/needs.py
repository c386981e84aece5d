"""What tests of a fleet cannot do without."""

import pytest

from ewarn.errors import InputError
from ewarn.fleet.lab import found_here


def need_fleet() -> None:
    """Skip the test where nats-server, its library, or what lays hosts cannot be had here."""
    try:
        found_here()
    except InputError as error:
        pytest.skip(str(error))
