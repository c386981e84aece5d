"""Segments are taken apart and joined without losing any."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.packets.segments import ACK, Segments


def made(lengths):
    """Segments of these lengths, each of which has its own number all over."""
    count = np.arange(len(lengths))
    payload = np.zeros((len(lengths), max(lengths, default=0)), np.uint8)
    payload[:] = (count % 256)[:, None]
    return Segments(
        count,
        count.astype(np.uint32),
        count.astype(np.uint32),
        np.full(len(lengths), ACK, np.uint8),
        np.full(len(lengths), 65535, np.uint16),
        np.array(lengths, np.int64),
        payload,
        count * 10,
    )


def said(segments):
    return [
        (int(row), bytes(payload[:length]))
        for row, payload, length in zip(segments.row, segments.payload, segments.length, strict=True)
    ]


LENGTHS = st.lists(st.integers(0, 40), max_size=12)


@given(st.lists(LENGTHS, max_size=4))
def test_joined_holds_all_in_their_order(lengths):
    parts = [made(some) for some in lengths]
    whole = Segments.joined(parts)
    assert said(whole) == [one for part in parts for one in said(part)]
    assert whole.payload.shape == (len(whole), max((part.payload.shape[1] for part in parts), default=0))


@given(LENGTHS, st.data())
def test_some_are_those_that_a_mask_or_indices_take_and_no_wider(lengths, data):
    whole = made(lengths)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(whole), max_size=len(whole))), bool)
    by_mask, by_index = whole.some(mask), whole.some(np.flatnonzero(mask))
    assert said(by_mask) == said(by_index) == [one for one, is_in in zip(said(whole), mask, strict=True) if is_in]
    assert by_mask.payload.shape[1] == max((n for n, is_in in zip(lengths, mask, strict=True) if is_in), default=0)
    assert by_mask.arrived.tolist() == [10 * at for at in np.flatnonzero(mask)]


def test_none_is_empty_and_joins_with_others():
    assert len(Segments.none()) == 0
    assert said(Segments.joined([Segments.none(), made([3]), Segments.none()])) == said(made([3]))
    assert len(Segments.joined([])) == 0
