"""The libraries of the extra `bus`, which those alone need who use one."""

from importlib import import_module

from ewarn.errors import InputError

MODULES = "nats", "nkeys"


def needed(by: str = "--bus", extra: str = "bus") -> None:
    """Raise InputError, one line with who needs them and how to add them, where one is missing."""
    try:
        for module in MODULES:
            import_module(module)
    except ImportError:
        raise InputError(f"{by} needs nats-py: install it with pip install 'ewarn[{extra}]'") from None
