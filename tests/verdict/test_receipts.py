"""The book of receipts: its table, its tallies, and whether they agree."""

import os

import numpy as np
import pytest

from ewarn.verdict.receipts import NEVER, RECEIPT, TALLIES, ReceiptBook

REPORTS, USERS, PROCESSES = 2, 3, 2


@pytest.fixture
def descriptor():
    memory = ReceiptBook.create(REPORTS, USERS, PROCESSES)
    yield memory
    os.close(memory)


@pytest.fixture
def book(descriptor):
    return ReceiptBook(descriptor, REPORTS, USERS, PROCESSES)


def receive(book, number, user, at, process=0):
    book.read[number - 1, user] = at
    book.count(process, "receipts")
    book.count(process, "frames")


def test_the_file_of_receipts_has_the_layout_of_the_manual():
    assert RECEIPT["user"] == np.dtype("u4")
    assert RECEIPT["report"] == np.dtype("u2")
    assert all(RECEIPT[name] == np.dtype("i8") for name in ("released", "kernel", "read"))
    assert NEVER == -1


def test_the_table_has_a_row_a_user_and_report_by_report_and_then_user(book):
    table = book.table(np.array([100, 200]))
    assert table.dtype == RECEIPT
    assert table["report"].tolist() == [1, 1, 1, 2, 2, 2]
    assert table["user"].tolist() == [0, 1, 2, 0, 1, 2]
    assert table["released"].tolist() == [100, 100, 100, 200, 200, 200]


def test_times_stand_in_the_row_of_their_report_and_user_and_the_rest_is_never(book):
    receive(book, 1, 2, 150)
    receive(book, 2, 0, 260)
    book.kernel[1, 0] = 255
    table = book.table(np.array([100, 200]))
    assert table["read"].tolist() == [-1, -1, 150, 260, -1, -1]
    assert table["kernel"].tolist() == [-1, -1, -1, 255, -1, -1]


def test_a_report_that_was_never_released_is_never_released_to_anyone(book):
    assert book.table(np.array([100, NEVER]))["released"].tolist() == [100, 100, 100, -1, -1, -1]


def test_what_one_process_writes_another_sees(descriptor, book):
    other = ReceiptBook(descriptor, REPORTS, USERS, PROCESSES)
    receive(other, 2, 1, 999, process=1)
    other.duplicates[1, 0] = 4
    other.out_of_order[0, 1] = 5
    assert book.read[1, 1] == 999
    assert book.total("receipts") == 1
    assert book.duplicates.tolist() == [[0, 0], [4, 0]]
    assert book.out_of_order.tolist() == [[0, 5], [0, 0]]


def test_arrays_do_not_overlap(book):
    arrays = (book.read, book.kernel, book.duplicates, book.out_of_order, book.tallies)
    for mark, array in enumerate(arrays, 1):
        array[:] = mark
    assert [set(array.ravel().tolist()) for array in arrays] == [{1}, {2}, {3}, {4}, {5}]


def test_received_counts_the_users_who_have_read_a_report(book):
    receive(book, 2, 0, 10)
    receive(book, 2, 2, 11)
    assert (book.received(1), book.received(2)) == (0, 2)


def test_tallies_are_summed_over_processes(book):
    book.count(0, "bytes", 300)
    book.count(1, "bytes", 45)
    assert book.total("bytes") == 345
    assert book.total("frames") == 0


def test_clearing_forgets_frames_and_keeps_connections(book):
    for name in TALLIES:
        book.count(0, name, 3)
        book.count(1, name, 5)
    book.clear(0)
    kept = {"connected", "failed", "closed", "left", "returned", "moved"}
    assert {name: book.total(name) for name in TALLIES} == {name: 8 if name in kept else 5 for name in TALLIES}


def test_an_empty_book_agrees_with_itself(book):
    assert book.disagreements() == []


@pytest.mark.parametrize("other", ["duplicates", "foreign", "answers", "garbled"])
def test_a_book_in_which_every_frame_is_accounted_for_agrees(book, other):
    receive(book, 1, 0, 5)
    receive(book, 2, 1, 6, process=1)
    book.count(1, "frames", 7)
    book.count(1, other, 7)
    assert book.disagreements() == []


def test_frames_that_nobody_accounts_for_are_a_disagreement_with_both_numbers(book):
    receive(book, 1, 0, 5)
    book.count(0, "frames", 1_200)
    (said,) = book.disagreements()
    assert "1,201" in said
    assert "accounts for 1" in said


def test_receipts_that_were_counted_and_not_stored_are_a_disagreement_with_both_numbers(book):
    receive(book, 1, 0, 5)
    book.count(1, "receipts")
    book.count(1, "frames")
    (said,) = book.disagreements()
    assert "2 receipts" in said
    assert "stored 1" in said


def test_receipts_that_were_stored_and_not_counted_are_a_disagreement(book):
    book.read[0, 0] = 77
    assert len(book.disagreements()) == 1
