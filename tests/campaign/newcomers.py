"""Honest clients that connect while others attack: `python -m tests.campaign.newcomers HOST:PORT COUNT SECONDS`.

Each starts at its time, waits a while for an answer, and goes. One line of JSON: how many were let in, how many were
told that there is no room, how many got no answer, and the longest that one waited who was let in.
"""

import json
import socket
import sys
import threading
import time

from tests.campaign.clients import asking, following

PATIENCE_S = 5.0


def one(address: tuple[str, int], user: int) -> tuple[str, float]:
    """What came of a handshake: the status, or nothing; and how long it took, seconds."""
    began = time.monotonic()
    answer = b""
    try:
        with socket.create_connection(address, PATIENCE_S) as connection:
            connection.sendall(asking(following(f"newcomer-{user}")))
            while b"\r\n\r\n" not in answer and (data := connection.recv(4096)):
                answer += data
    except OSError:
        pass
    return answer[9:12].decode(errors="replace"), time.monotonic() - began


def main(address: str, count: int, seconds: float) -> None:
    """See the module."""
    host, port = address.rsplit(":", 1)
    found: list[tuple[str, float]] = []
    began, threads = time.monotonic(), []
    for user in range(count):
        time.sleep(max(0.0, began + user * seconds / count - time.monotonic()))
        threads.append(threading.Thread(target=lambda user=user: found.append(one((host, int(port)), user))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    took = [waited for status, waited in found if status == "101"]
    refused = sum(status == "503" for status, _ in found)
    said = {"count": count, "in": len(took), "full": refused, "other": count - len(took) - refused}
    print(json.dumps({**said, "longest_s": max(took, default=0.0)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
