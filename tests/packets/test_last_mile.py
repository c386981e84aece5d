import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.packets.held import Pool
from ewarn.packets.last_mile import LastMile, Link
from ewarn.packets.segments import ACK, Segments
from ewarn.packets.state import NEVER

MS = 1_000_000
NOW = 10**15
PLAIN = LastMile((100.0, 100.0))


def segments(rows, lengths=None, *, first=0, arrived=0):
    """Numbered from `first` by their sequence number; a payload says its row in each byte."""
    rows = np.asarray(rows, np.int64)
    lengths = np.zeros(len(rows), np.int64) if lengths is None else np.asarray(lengths, np.int64)
    payload = np.full((len(rows), lengths.max(initial=0)), 255, np.uint8)
    for at, (row, length) in enumerate(zip(rows, lengths, strict=True)):
        payload[at, :length] = row
    return Segments(
        rows,
        np.arange(first, first + len(rows), dtype=np.uint32),
        np.arange(len(rows), dtype=np.uint32) + np.uint32(7),
        np.full(len(rows), ACK, np.uint8),
        np.full(len(rows), 65_535, np.uint16),
        lengths,
        payload,
        np.full(len(rows), arrived, np.int64),
    )


def link(delays, mile=PLAIN, seed=1, lives=None):
    return Link(mile, np.asarray(delays, np.int64), np.random.default_rng(seed), lives)


def test_users_have_round_trips_of_the_percentiles_asked_for_and_half_of_them_each_way():
    delays = LastMile((40.0, 400.0)).draw(200_000, np.random.default_rng(1)) / MS
    assert np.quantile(delays, [0.05, 0.5, 0.95]) == pytest.approx([20, np.sqrt(20 * 200), 200], rel=0.02)
    assert (PLAIN.draw(3, np.random.default_rng(1)) == 50 * MS).all()


def test_a_segment_is_there_after_its_users_delay_and_not_before():
    one = link([30 * MS, 10 * MS])
    one.put(segments([0, 1], [3, 400]), NOW)
    assert one.next_ns == NOW + 10 * MS
    assert len(one.due(NOW + 10 * MS - 1)) == 0
    first = one.due(NOW + 10 * MS)
    assert first.row.tolist() == [1]
    assert first.payload.tolist() == [[1] * 400]
    second = one.due(NOW + 10**12)
    assert (second.row.tolist(), second.payload.tolist(), second.arrived.tolist()) == ([0], [[0] * 3], [0])
    assert one.next_ns == NEVER
    assert len(one.due(NEVER)) == 0


def test_what_the_kernel_stamped_is_on_its_way_since_then_and_has_the_stamp_of_its_end():
    one = link([30 * MS])
    one.put(segments([0], arrived=NOW - 5 * MS), NOW)
    assert one.next_ns == NOW + 25 * MS
    assert one.due(NOW + 40 * MS).arrived.tolist() == [NOW + 25 * MS]


@given(st.data())
def test_segments_come_whole_each_in_its_time_as_a_plain_reference_has_it(data):
    rows, seed = data.draw(st.integers(1, 6)), data.draw(st.integers(0, 99))
    delays = data.draw(st.lists(st.integers(0, 40 * MS), min_size=rows, max_size=rows))
    one, now, number, expected, found = link(delays, seed=seed), NOW, 0, [], []
    last = [0] * rows
    for _ in range(data.draw(st.integers(1, 8))):
        which = data.draw(st.lists(st.integers(0, rows - 1), max_size=8))
        lengths = data.draw(
            st.lists(st.sampled_from([0, 1, 64, 65, 300, 1460]), min_size=len(which), max_size=len(which))
        )
        stamp = now - data.draw(st.integers(1, 60 * MS)) if data.draw(st.booleans()) else 0
        one.put(segments(which, lengths, first=number, arrived=stamp), now)
        for row, length in zip(which, lengths, strict=True):
            last[row] = max(last[row], (stamp or now) + delays[row])
            expected.append((last[row], number, row, length))
            number += 1
        now += data.draw(st.integers(0, 30 * MS))
        found.append((now, number, one.due(now)))
    found.append((NEVER, number, one.due(NEVER)))
    for now, put, parts in found:
        due = sorted(item for item in expected if item[0] <= now and item[1] < put)
        expected = [item for item in expected if item not in due]
        heads = zip(parts.sequence.tolist(), parts.row.tolist(), parts.length.tolist(), strict=True)
        assert [item[1:] for item in due] == list(heads)
        for row, length, payload in zip(parts.row, parts.length, parts.payload, strict=True):
            assert (payload[:length] == row).all()
    assert not expected


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_jitter_is_within_its_bounds_and_nobodys_segments_overtake_one_another(seed, rows):
    rng = np.random.default_rng(seed)
    one = link(rng.integers(0, 50 * MS, rows), LastMile((100.0, 100.0), jitter_ms=30.0), seed)
    came, now = [], NOW
    for number in range(20):
        one.put(segments(rng.integers(0, rows, 10), first=10 * number, arrived=now), now)
        now += int(rng.integers(0, 10 * MS))
        came.append(one.due(now))
    came = Segments.joined([*came, one.due(NEVER)])
    assert len(came) == 200
    for row in range(rows):
        mine = came.some(came.row == row)
        assert (np.diff(mine.sequence.astype(np.int64)) > 0).all()
        assert (np.diff(mine.arrived) >= 0).all()


def test_jitter_is_drawn_for_each_segment_alike():
    one = link(np.full(20_000, 50 * MS), LastMile((100.0, 100.0), jitter_ms=30.0))
    one.put(segments(np.arange(20_000), arrived=NOW), NOW)
    late = (one.due(NEVER).arrived - NOW - 50 * MS) / MS
    assert (late.min() >= 0, late.max() <= 30) == (True, True)
    assert np.quantile(late, [0.1, 0.5, 0.9]) == pytest.approx([3, 15, 27], abs=0.5)


def test_the_share_that_was_asked_for_is_lost_and_counted():
    one = link(np.zeros(100_000), LastMile((100.0, 100.0), loss=0.01))
    one.put(segments(np.arange(100_000)), NOW)
    came = one.due(NEVER)
    assert len(came) + one.lost == 100_000
    assert one.lost == pytest.approx(1000, abs=130)  # four standard deviations
    half = came.sequence < 50_000
    assert np.count_nonzero(~half) == pytest.approx(np.count_nonzero(half), abs=200)


def test_what_is_under_way_to_an_earlier_life_ends_there():
    lives = np.zeros(2, np.uint8)
    one = link([10 * MS, 10 * MS], lives=lives)
    one.put(segments([0, 1], [5, 5]), NOW)
    lives[0] += 1
    one.put(segments([0], first=9), NOW + 1)
    came = one.due(NEVER)
    assert list(zip(came.row.tolist(), came.sequence.tolist(), strict=True)) == [(1, 1), (0, 9)]
    assert one.outlived == 1


def test_what_an_earlier_life_said_goes_on_its_way_as_that_lifes():
    lives = np.zeros(2, np.uint8)
    one = link([10 * MS, 10 * MS], lives=lives)
    one.put(segments([0, 1], [5, 5]), NOW)
    lives[0] += 1
    one.put(segments([0], first=9), NOW + 1)
    came, of = one.of_any_life(NEVER)
    assert list(zip(came.row.tolist(), came.sequence.tolist(), of.tolist(), strict=True)) == [
        (0, 0, 0),
        (1, 1, 0),
        (0, 9, 1),
    ]


def test_one_long_segment_does_not_widen_what_is_kept_of_others():
    one = link(np.full(1000, MS))
    for _ in range(3):
        one.put(segments(np.arange(1000), [60_000, *[300] * 999]), NOW)
        assert len(one.due(NEVER)) == 1000
    sizes = [pool._rows.nbytes for pool in one._held._payloads]
    assert sum(sizes) <= 1024 * 512 + 65_536


def test_a_pool_gives_a_number_once_until_it_is_taken():
    pool, rng, held = Pool(2, np.int64), np.random.default_rng(1), {}
    for step in range(200):
        rows = np.full((int(rng.integers(0, 9)), 2), step)
        numbers = pool.put(rows).tolist()
        assert not set(numbers) & set(held) and len(set(numbers)) == len(numbers)
        held |= dict.fromkeys(numbers, step)
        leave = [number for number in held if rng.random() < 0.4]
        assert pool.take(np.array(leave, np.int64))[:, 0].tolist() == [held.pop(number) for number in leave]
