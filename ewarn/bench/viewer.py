"""What it costs a drill to be watched: the demo with a reader of its page's stream, against a plain drill.

Both play the same file in turn (A B B A), each with a gateway and users of its own:
`python -m ewarn.bench.viewer configs/one-report.toml --users 20000 --pairs 10`.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np
from websockets.sync.client import connect

PATH = "/v1/stage"
MEASURES = ("p50", "p99", "max")
PATIENCE_S = 300.0


class Demo:
    """A context: a demo in processes of its own."""

    def __init__(self, config: Path, out: str) -> None:
        free = "127.0.0.1:0"
        command = [sys.executable, "-m", "ewarn", "demo", str(config), "--json", "--out", out]
        self._process = subprocess.Popen(
            [*command, "--listen", free, "--control", free], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout  # noqa: S101  a pipe
        said = json.loads(self._process.stdout.readline())
        self._control, self._token, self._page = said["control"], said["token"], said["page"].split("/")[2]

    def watched(self, wish: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """Play it with a reader; return the verdict, and the bytes that he was sent."""
        self._ask({"type": "start", **wish})
        received, verdict = 0, None
        with connect(f"ws://{self._page}{PATH}", max_size=None, proxy=None) as feed:
            while verdict is None:
                message = feed.recv(PATIENCE_S)
                received += len(message)
                if isinstance(message, str) and (told := json.loads(message))["type"] == "verdict":
                    verdict = told["verdict"]
        self._ask({"type": "stop"})
        return verdict, received

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()

    def _ask(self, message: dict[str, Any]) -> None:
        with connect(f"ws://{self._control}{PATH}", proxy=None) as control:
            control.send(json.dumps({**message, "token": self._token}))
            answer = json.loads(control.recv(PATIENCE_S))
        if answer["type"] == "error":
            raise click.ClickException(answer["problem"])


def plain(config: Path, users: int, out: str) -> dict[str, Any]:
    """The verdict of `ewarn drill`."""
    command = [sys.executable, "-m", "ewarn", "drill", str(config), "--users", str(users), "--json", "--out", out]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return dict(json.loads(said.stdout))


@click.command()
@click.argument("config", type=click.Path(path_type=Path), default=Path("configs/one-report.toml"))
@click.option("--quake", default="luding-2022")
@click.option("--users", default=20_000)
@click.option("--pairs", default=10)
def main(config: Path, quake: str, users: int, pairs: int) -> None:
    """Print times of the first report's delivery with and without a reader, and the ratio of their medians."""
    wish = {"quake": quake, "users": users, "engine": "auto", "orders": ["deadline"], "fault": "none"}
    found: dict[str, list[dict[str, float]]] = {"watched": [], "plain": []}
    received: list[int] = []
    with tempfile.TemporaryDirectory() as out:
        demo = Demo(config, out)
        try:
            for pair in range(pairs):
                for kind in ("watched", "plain") if pair % 2 else ("plain", "watched"):
                    if kind == "watched":
                        verdict, size = demo.watched(wish)
                        received.append(size)
                    else:
                        verdict = plain(config, users, out)
                    found[kind].append(verdict["reports"][0]["delivery_ms"])
                    click.echo(f"{pair + 1:3} {kind:8} {found[kind][-1]}", err=True)
        finally:
            demo.close()
    for measure in MEASURES:
        watched, alone = (float(np.median([one[measure] for one in found[kind]])) for kind in ("watched", "plain"))
        click.echo(f"{measure}: {watched:.1f} ms watched, {alone:.1f} ms plain, ratio {watched / alone:.3f}")
    click.echo(f"sent to the reader: {max(received) / 1e6:.2f} MB for {users:,} users")


if __name__ == "__main__":
    main()
