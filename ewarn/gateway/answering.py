"""Connections of the websockets library's server that hang up on nobody in silence."""

from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import InvalidMessage

from ewarn.errors import quoted


class Answering(ServerConnection):
    """To be a server's `create_connection`: what cannot be read as a request is answered by 400, which says why."""

    _told = False

    def send_data(self) -> None:
        """See `ServerConnection`; whatever it has to say goes out by this, its end of file too."""
        problem = self.protocol.handshake_exc
        if self.request is None and isinstance(problem, InvalidMessage) and not self._told:
            self._told = True
            text = f"not an HTTP request that can be read: {shown(problem)}\n"
            self.transport.write(self.protocol.reject(HTTPStatus.BAD_REQUEST, text).serialize())
        super().send_data()


def shown(problem: BaseException) -> str:
    """What a library found, cut short, without what strangers may have put into a terminal."""
    found = problem.__cause__ or problem
    return quoted(str(found), 120) if str(found) else type(found).__name__
