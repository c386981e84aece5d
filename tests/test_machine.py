"""Facts about the machine, against what the system itself says."""

import os
import resource

import pytest

from ewarn import machine as machines
from ewarn.errors import InputError
from ewarn.machine import Machine, available_bytes, check_fit, local_ports, this_machine


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


def test_a_containers_limit_counts_where_it_is_less_than_the_machines_memory(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("300000000\n")
    (tmp_path / "memory.current").write_text("100000000\n")
    left = machines._left_in_container(tmp_path)
    assert left == 200_000_000
    monkeypatch.setattr(machines, "_left_in_container", lambda: left)
    assert available_bytes() == 200_000_000


def test_files_that_a_container_read_lately_do_not_count_as_used(tmp_path):
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("900\n")
    (tmp_path / "memory.stat").write_text("anon 300\ninactive_file 500\nactive_file 100\n")
    assert machines._left_in_container(tmp_path) == 600


def test_without_a_containers_limit_the_machines_memory_counts(tmp_path):
    assert machines._left_in_container(tmp_path) > 1 << 60
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("100\n")
    assert machines._left_in_container(tmp_path) > 1 << 60


def test_there_are_ports_to_connect_from():
    assert 0 < local_ports() <= 65_536
