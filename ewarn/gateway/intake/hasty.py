"""Callers who send what is no frame on the heels of their request: the library trips over its own answer to them.

It ends the connection for the frame, then finds that ended which it meant to answer, and logs that as an error of its
own, with a traceback. It is the caller's fault, so one line says so.
"""

import logging

SAID = "%s: a caller sent what is no frame before the request was answered"


class Hasty(logging.Filter):
    """Makes that one line of it, and lets everything else be."""

    def __init__(self, where: str) -> None:
        """`where` begins the line."""
        super().__init__()
        self._where = where

    def filter(self, record: logging.LogRecord) -> bool:
        """All records stay."""
        error = record.exc_info[1] if record.exc_info else None
        if record.msg == "unexpected internal error" and isinstance(error, AssertionError):
            record.msg, record.args, record.exc_info = SAID, (self._where,), None
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return True


def library_log(where: str) -> logging.Logger:
    """The logger to give to the library for a server of ours."""
    logger = logging.getLogger(f"ewarn.{where}.library")
    if not logger.filters:
        logger.addFilter(Hasty(where))
    return logger
