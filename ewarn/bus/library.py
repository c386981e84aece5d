"""The libraries of the extra `bus`, which those alone need who use one."""

from importlib import import_module
from typing import Any

from ewarn.errors import InputError


def needed(module: str) -> Any:
    """A module of the extra. Raises InputError, one line with how to add it."""
    try:
        return import_module(module)
    except ImportError:
        raise InputError("--bus needs nats-py: install it with pip install 'ewarn[bus]'") from None
