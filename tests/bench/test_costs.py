"""What processes cost, as the kernel counts it."""

import os
import subprocess
import sys
import time

import pytest

from ewarn.bench import costs


@pytest.fixture
def child():
    """A process that works when told to, and keeps 40 MB when told to."""
    script = """
import sys, time
kept = []
for line in sys.stdin:
    if line == "work\\n":
        end = time.thread_time() + 0.2
        while time.thread_time() < end: pass
    else:
        kept.append(bytearray(b"x") * 40_000_000)
    print("done", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1, text=True, bufsize=1) as process:
        yield process
        process.stdin.close()


def ask(child, what):
    child.stdin.write(what + "\n")
    assert child.stdout.readline() == "done\n"


def test_cpu_time_is_counted_while_a_process_works_and_not_while_it_waits(child):
    ask(child, "keep")
    before = costs.cpu_s([child.pid])
    ask(child, "work")
    worked = costs.cpu_s([child.pid])
    assert 0.19 < worked - before < 1.0
    time.sleep(0.05)
    assert costs.cpu_s([child.pid]) - worked < 0.02


@pytest.mark.parametrize(("work", "kernels"), [("zeros.readinto(room)", True), ("sum(range(100_000))", False)])
def test_work_in_a_program_and_in_the_kernel_are_told_apart(work, kernels):
    """In a process that did nothing else: the kernel fits its ticks to all that a process ever had."""
    script = f"""
import sys, time
zeros, room = open("/dev/zero", "rb", buffering=0), bytearray(1_000_000)
end = time.thread_time() + 0.4
while time.thread_time() < end: {work}
print("done", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout.readline() == "done\n"
        had = costs.cpu([process.pid])
        process.stdin.close()
    assert (had.system_s > had.user_s) is kernels
    assert had.total_s >= 0.4
    assert had.user_s + had.system_s == pytest.approx(had.total_s, abs=0.05)


def test_memory_is_what_a_process_took(child):
    ask(child, "work")
    before = costs.memory_bytes([child.pid])
    ask(child, "keep")
    assert 39e6 < costs.memory_bytes([child.pid]) - before < 45e6


def test_the_machine_was_at_least_as_busy_as_one_process_of_it(child):
    before = costs.busy_s()
    for _ in range(3):
        ask(child, "work")
    assert costs.busy_s() - before > 0.5
    assert costs.cores() >= len(os.sched_getaffinity(0))
