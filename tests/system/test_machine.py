"""Facts about the machine, against what the system itself says."""

import os
import resource
import subprocess
import sys

import pytest

from ewarn.errors import InputError
from ewarn.system import container
from ewarn.system import machine as machines
from ewarn.system.machine import Machine, available_bytes, check_fit, local_ports, this_machine


def test_the_facts_are_the_systems_own():
    machine = this_machine()
    assert machine.cpus == len(os.sched_getaffinity(0))
    assert machine.open_files == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert 0 < available_bytes() <= machine.memory_gib * 2**30 * 1.01


def test_processes_are_as_many_as_cores_or_as_files_demand():
    machine = Machine(2, 24.0, 20_000, "6.1", "3.11")
    assert machine.processes_for(100) == 2
    assert machine.processes_for(2 * 19_744) == 2
    assert machine.processes_for(2 * 19_744 + 1) == 3
    assert machine.processes_for(500_000) == 26


def test_more_users_than_the_machine_has_files_for_are_refused_with_both_numbers(monkeypatch):
    monkeypatch.setattr(machines, "free_files", lambda: 1_500)
    check_fit(750, this_machine())
    with pytest.raises(
        InputError, match=r"751 users need 1,502 files, both ends; the machine has 1,500 left .*; 750 would"
    ):
        check_fit(751, this_machine())


def test_processes_past_what_one_can_hold_are_refused_with_both_numbers():
    with pytest.raises(InputError) as refused:
        check_fit(200, Machine(2, 24.0, 257, "6.1", "3.11"))
    assert str(refused.value) == (
        "open files: the limit is 257 a process (ulimit -n), 200 users take 200 shards or processes of a swarm, and "
        "whoever holds so many needs 656; 0 users would fit"
    )
    narrow = Machine(2, 24.0, 300, "6.1", "3.11")
    check_fit(22 * 44, narrow)
    with pytest.raises(InputError, match=r"969 users take 23 shards .* needs 302; 968 users would fit"):
        check_fit(22 * 44 + 1, narrow)


def test_a_swarm_has_a_process_a_core_unless_each_would_have_too_few():
    machine = Machine(64, 24.0, 20_000, "6.1", "3.11")
    assert [machine.workers_for(users) for users in (1, 250, 251, 100_000)] == [1, 1, 2, 64]


def test_what_a_container_leaves_counts_where_it_is_less_than_the_machines_own(monkeypatch):
    monkeypatch.setattr(container, "memory_left", lambda: 200_000_000)
    monkeypatch.setattr(container, "cores", lambda: 0.5)
    assert available_bytes() == 200_000_000
    assert this_machine().cpus == 1


def test_the_memory_of_a_process_a_core_counts(monkeypatch):
    monkeypatch.setattr(machines, "available_bytes", lambda: 2 << 30)
    check_fit(20_000, Machine(2, 24.0, 100_000, "6.1", "3.11"))
    with pytest.raises(InputError, match=r"20,000 users need about 6.4 GiB in 128 processes, 2.0 GiB are available"):
        check_fit(20_000, Machine(64, 24.0, 100_000, "6.1", "3.11"))


def test_a_process_that_may_open_more_files_does():
    """In a process of its own: what is given up cannot be had back."""
    ask = (
        "import resource; from ewarn.system.machine import this_machine, use_all_files;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, 4_096)); before = this_machine().open_files;"
        "use_all_files(); print(before, this_machine().open_files)"
    )
    assert subprocess.check_output([sys.executable, "-c", ask], text=True) == "1024 4096\n"


def test_no_process_counts_on_more_files_than_it_can_keep_account_of(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 30, 1 << 30))
    assert this_machine().open_files == machines.MOST_FILES


def test_there_are_ports_to_connect_from():
    assert 0 < local_ports() <= 65_536
