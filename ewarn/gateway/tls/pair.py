"""Certificate and key of a gateway, as its supervisor holds them: read, doubted where they end soon, read anew."""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ewarn.errors import InputError
from ewarn.gateway.counters import MICROSECONDS, Counters
from ewarn.gateway.settings import Tls
from ewarn.system.tls import Pem, read_pem, server_context

SOON = timedelta(days=14)
"""before its end, a certificate is warned of"""
logger = logging.getLogger("ewarn.gateway")


class Pair:
    """`context` stays the same object; each handshake has the pair that was read last."""

    def __init__(self, wanted: Tls) -> None:
        """Raise InputError for files that are no pair."""
        self._wanted = wanted
        self.pem, self._newest, self.ends = self._read()
        """as it is in use, and until when"""
        self.context = server_context(self.pem)
        self.context.sni_callback = self._choose

    def reload(self) -> bool:
        """Read the files anew; False, and nothing changed, where they are no pair any more."""
        try:
            self.pem, self._newest, self.ends = self._read()
        except InputError as error:
            logger.error("SIGHUP: %s; the old pair stays in use", error)
            return False
        logger.warning("SIGHUP: new handshakes use the pair in %s and %s", self._wanted.certificate, self._wanted.key)
        return True

    def show(self, counters: Counters) -> None:
        """Have the metrics say until when it lasts."""
        counters.put("tls_certificate_expiry_timestamp_seconds", round(self.ends.timestamp() * MICROSECONDS))

    def _read(self) -> tuple[Pem, ssl.SSLContext, datetime]:
        from cryptography import x509  # late: most gateways speak no TLS

        pem = read_pem(self._wanted.certificate, self._wanted.key)
        context = server_context(pem)
        end = x509.load_pem_x509_certificate(pem.certificate).not_valid_after_utc
        if note := self._doubts(end, datetime.now(UTC)):
            logger.warning(note)
        return pem, context, end

    def _doubts(self, end: datetime, now: datetime) -> str:
        """What an operator should know of a pair that can be used, in words."""
        doubts = []
        if end < now + SOON:
            doubts.append(f"{self._wanted.certificate} {'expired' if end < now else 'expires'} on {end:%Y-%m-%d}")
        if (mode := Path(self._wanted.key).stat().st_mode) & 0o007:
            doubts.append(f"{self._wanted.key} can be read by everybody (mode {mode & 0o777:o})")
        return "; ".join(doubts)

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """Called in every handshake, whether or not the client names a host."""
        connection.context = self._newest
