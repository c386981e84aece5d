import subprocess
import sys

BLOCKS = """
import resource, sys
import numpy as np
from ewarn.system import heap
if sys.argv[1] == "kept":
    heap.keep(40_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
blocks = [np.ones(150_000, np.uint8) for _ in range(200)]
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(how):
    """Of taking 30 MB in blocks like those of a fan-out, in a process of its own."""
    said = subprocess.run([sys.executable, "-c", BLOCKS, how], capture_output=True, text=True, check=True)
    return int(said.stdout)


def test_memory_that_was_kept_is_there_without_a_fault():
    assert _faults("kept") < _faults("not kept") / 10
