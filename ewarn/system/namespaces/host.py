"""One host: what runs on it, and its cable."""

import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from ewarn.errors import InputError
from ewarn.system.namespaces.kept import Keeper
from ewarn.system.namespaces.tools import PATIENCE_S, does, environment

RUN_S = 60.0
"""a command that is waited for is ended after so long"""
WITHIN = ("mount", "net", "uts", "pid")
PARTS = 10_000
"""a share of packets is told in so many"""


class Process(subprocess.Popen[Any]):
    """A command on a host. Its end is sure: it goes with the hosts, whatever it has started included.

    Between it and us stands `nsenter`, which ends as it does; signals are for the command itself.
    """

    def itself(self) -> psutil.Process | None:
        """The command's own process, None where it has ended."""
        until = time.monotonic() + PATIENCE_S
        while self.poll() is None and time.monotonic() < until:
            if children := psutil.Process(self.pid).children():
                return children[0]
            time.sleep(0.001)
        return None

    def send_signal(self, number: int) -> None:
        """As of every process; also by `kill` and `terminate`."""
        if one := self.itself():
            with suppress(psutil.NoSuchProcess):
                one.send_signal(number)
        if number == signal.SIGCONT:  # nsenter stops when its command does
            super().send_signal(number)

    def close(self) -> None:
        """Wait for its end, which the hosts' has brought about, and let go of its pipes."""
        super().send_signal(signal.SIGKILL)
        self.wait()
        for pipe in (self.stdin, self.stdout, self.stderr):
            if pipe:
                pipe.close()


class Host:
    """A host on the switch."""

    def __init__(self, name: str, number: int, keeper: Keeper, switch: Keeper, *, own_clock: bool) -> None:
        self.name = name
        self.address = f"198.18.0.{number}"
        """of networks that are tested (RFC 2544), which nobody routes"""
        self.address6 = f"fd00:198:18::{number}"
        """a unique local one (RFC 4193)"""
        self._keeper, self._switch = keeper, switch
        self._within = WITHIN + ("time",) * own_clock
        self._processes: list[Process] = []

    def start(self, *command: str | Path, **options: Any) -> Process:
        """Start a command on it, in our working directory; options are those of `Popen`."""
        options["env"] = environment() | options.get("env", {})
        one = Process([*self.enter(options.pop("cwd", Path.cwd())), *map(str, command)], **options)
        self._processes.append(one)
        return one

    def enter(self, folder: str | Path) -> list[str]:
        """What stands before a command that is to run on it, in this folder."""
        # nsenter would stand at the root of the mounts.
        return [*self._keeper.enter(*self._within), "--", "env", f"--chdir={folder}"]

    def run(self, *command: str | Path, **options: Any) -> str:
        """Run a command on it, and return what it printed. Raises CalledProcessError where it fails."""
        timeout = options.pop("timeout", RUN_S)
        one = self.start(*command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        try:
            out, err = one.communicate(timeout=timeout)
        finally:
            one.kill()
            one.close()
            self._processes.remove(one)
        if one.returncode:
            raise subprocess.CalledProcessError(one.returncode, command, out, err)
        return str(out)

    def socket(self, kind: str = "tcp") -> socket.socket:
        """A socket of ours that stands on this host: `tcp`, `tcp6` or `udp`, neither bound nor connected."""
        one = self._keeper.socket(kind)
        one.settimeout(PATIENCE_S)
        return one

    def cut(self) -> None:
        """Cut its cable at the switch: whoever is elsewhere is told nothing."""
        self._switch_does("ip", "link", "set", "dev", self.name, "down")

    def heal(self) -> None:
        """Mend its cable."""
        self._switch_does("ip", "link", "set", "dev", self.name, "up")

    def lose(self, share: float) -> None:
        """Lose this share of the packets to it and of those from it, by chance; 0 loses none any more.

        It takes `nft`. Raises InputError, or OSError with what it says.
        """
        if not 0 <= share <= 1:
            raise InputError(f"{self.name}: expected a share of packets from 0 to 1, got {share:g}")
        lost = f"numgen random mod {PARTS} < {round(share * PARTS)} counter drop"
        rules = [f"add rule bridge {self.name} c {way} {self.name} {lost}" for way in ("iifname", "oifname")]
        chain = f"add chain bridge {self.name} c {{ type filter hook forward priority 0; }}"
        table = f"table bridge {self.name}"
        self._switch_does("nft", "\n".join([f"add {table}", f"delete {table}", f"add {table}", chain, *rules]))

    def _switch_does(self, *command: str) -> None:
        does([*self._switch.enter("net"), *command])

    def close(self) -> None:
        """See `Hosts.close`; everything on it has been ended."""
        for one in self._processes:
            one.close()
