"""Arrays that several processes see at once, in anonymous memory that ends with the last of them."""

import mmap
import os
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def create(nbytes: int) -> int:
    """A descriptor of `nbytes` zero bytes; hand it to children by number, and close it when done."""
    descriptor = os.memfd_create("ewarn")
    os.ftruncate(descriptor, max(1, nbytes))
    return descriptor


def attach(descriptor: int, dtype: DTypeLike, shape: tuple[int, ...], offset: int = 0) -> NDArray[Any]:
    """The array of `shape` that begins `offset` bytes into the memory, shared, for reading and writing."""
    return np.frombuffer(mmap.mmap(descriptor, 0), dtype, count=int(np.prod(shape)), offset=offset).reshape(shape)
