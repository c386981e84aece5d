"""Lines that never keep their writer waiting."""

import logging
import os

import pytest

from ewarn.system.log_lines import MOST_BYTES, LogLines


@pytest.fixture
def pipe():
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def log(pipe):
    logger = logging.Logger("of a test")
    logger.addHandler(LogLines(pipe[1]))
    return logger


def test_where_nobody_reads_lines_are_left_out_and_counted_by_the_next_that_is_read(pipe, log):
    for number in range(40):
        log.warning("%d %s", number, "x" * 3_000)
    read = b""
    while read.count(b"\n") * 3_000 < 40_000:
        read += os.read(pipe[0], 65_536)
    before = read.count(b"\n")
    log.warning("again")
    while not read.endswith(b"again\n"):
        read += os.read(pipe[0], 65_536)
    lines = read.decode().splitlines()
    kept = [line for line in lines if line.endswith("x")]
    assert [int(line.split()[0]) for line in kept] == list(range(len(kept)))
    assert before <= len(kept) < 40
    assert lines[-2:] == [f"({40 - len(kept)} lines were left out: nobody took them)", "again"]


def test_a_line_is_cut_to_what_is_taken_at_once(pipe, log):
    log.warning("é" * MOST_BYTES)
    assert len(os.read(pipe[0], 65_536)) == MOST_BYTES


def test_where_the_reader_is_gone_nothing_is_raised(log, pipe):
    os.dup2(pipe[1], pipe[0])  # no end is left to read from
    log.warning("into the void")


def test_an_error_is_told_by_its_kind_and_place_and_without_its_words(pipe, log):
    def read(place):
        try:
            return float(place)
        except ValueError as error:
            raise KeyError(place) from error

    place = f"{29.61},{102.12}"
    try:
        read(place)
    except KeyError:
        log.exception("a connection was dropped by a fault of the gateway")
    said = os.read(pipe[0], 65_536).decode()
    assert place not in said
    assert said.startswith("a connection was dropped by a fault of the gateway\nTraceback (most recent call last):\n")
    assert [line for line in said.splitlines() if line.startswith("builtins.")] == [
        "builtins.KeyError",
        "builtins.ValueError",
    ]
