"""What a container leaves, from files as Linux writes them."""

from math import inf

import pytest

from ewarn.system.container import UNLIMITED, cores, memory_left


@pytest.fixture
def write(tmp_path):
    def write(path, text):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    return write


@pytest.fixture
def version_2(write):
    """A process in a group two below the root."""
    write("proc/self/cgroup", "0::/machine.slice/job\n")
    write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
    write("sys/fs/cgroup/machine.slice/job/memory.max", "max\n")
    write("sys/fs/cgroup/machine.slice/job/cpu.max", "max 100000\n")


def test_without_control_groups_nothing_is_limited(tmp_path):
    assert (cores(tmp_path), memory_left(tmp_path)) == (inf, UNLIMITED)


@pytest.mark.usefixtures("version_2")
def test_groups_that_set_no_limit_set_none(tmp_path):
    assert (cores(tmp_path), memory_left(tmp_path)) == (inf, UNLIMITED)


@pytest.mark.usefixtures("version_2")
def test_the_tightest_of_a_group_and_those_above_it_counts(tmp_path, write):
    write("sys/fs/cgroup/machine.slice/memory.max", "1000\n")
    write("sys/fs/cgroup/machine.slice/memory.current", "400\n")
    write("sys/fs/cgroup/machine.slice/cpu.max", "150000 100000\n")
    assert (cores(tmp_path), memory_left(tmp_path)) == (1.5, 600)
    write("sys/fs/cgroup/machine.slice/job/memory.max", "500\n")
    write("sys/fs/cgroup/machine.slice/job/memory.current", "400\n")
    assert memory_left(tmp_path) == 100


@pytest.mark.usefixtures("version_2")
def test_files_read_lately_do_not_count_as_used(tmp_path, write):
    write("sys/fs/cgroup/machine.slice/job/memory.max", "1000\n")
    write("sys/fs/cgroup/machine.slice/job/memory.current", "900\n")
    write("sys/fs/cgroup/machine.slice/job/memory.stat", "anon 300\ninactive_file 500\nactive_file 100\n")
    assert memory_left(tmp_path) == 600


def test_a_container_that_sees_only_its_own_group_goes_by_that(tmp_path, write):
    write("proc/self/cgroup", "0::/docker/0123abcd\n")
    write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
    write("sys/fs/cgroup/memory.max", "2000\n")
    write("sys/fs/cgroup/memory.current", "500\n")
    write("sys/fs/cgroup/cpu.max", "200000 100000\n")
    assert (cores(tmp_path), memory_left(tmp_path)) == (2.0, 1500)


def test_version_1_limits_too(tmp_path, write):
    write("proc/self/cgroup", "5:cpu,cpuacct:/docker/0123\n4:memory:/docker/0123\n")
    write("sys/fs/cgroup/memory/docker/0123/memory.limit_in_bytes", "3000\n")
    write("sys/fs/cgroup/memory/docker/0123/memory.usage_in_bytes", "1000\n")
    write("sys/fs/cgroup/memory/docker/0123/memory.stat", "cache 700\ntotal_inactive_file 250\n")
    write("sys/fs/cgroup/cpu/docker/0123/cpu.cfs_quota_us", "50000\n")
    write("sys/fs/cgroup/cpu/docker/0123/cpu.cfs_period_us", "100000\n")
    assert (cores(tmp_path), memory_left(tmp_path)) == (0.5, 2250)


def test_version_1_without_limits_limits_nothing(tmp_path, write):
    write("proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:/\n")
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000\n")
    write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n")
    write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n")
    assert (cores(tmp_path), memory_left(tmp_path)) == (inf, UNLIMITED)
