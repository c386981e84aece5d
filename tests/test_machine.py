"""Facts about the machine, against what the system itself says."""

import os
import resource

from ewarn.machine import Machine, available_bytes, this_machine


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
