"""How long one frame takes over a last mile, as TCP of Linux would have it: what measurements are held against. Pure.

A frame of one segment goes to each user, over a connection that is open and quiet. It takes the one-way delay. Where
it is lost, it goes out again after the retransmission timeout, RTO, then after twice as long, and so on (RFC 6298,
section 5; `tcp_retransmit_timer` in Linux's net/ipv4/tcp_timer.c). Nothing else makes up for a loss: there is no second
segment whose acknowledgement could tell of it, and a tail loss probe is only for those who offered selective
acknowledgements (`tcp_schedule_loss_probe`, net/ipv4/tcp_output.c).

RTO = SRTT + max(4 RTTVAR, 200 ms) (`tcp_rtt_estimator`, net/ipv4/tcp_input.c; Linux bounds the second term, where RFC
6298 bounds the sum). The first round trip R, that of the SYN-ACK, makes it R + max(2 R, 200 ms).
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.last_mile import LastMile

Times = NDArray[np.float64]

LEAST_VARIATION_MS = 200.0
"""TCP_RTO_MIN, include/net/tcp.h"""
NO_ROUND_TRIP_MS = 3000.0
"""RTO where the handshake was repeated, so that its round trip is not known (`tcp_init_metrics`; RFC 6298, 5.7)"""
MOST_MS = 120_000.0
"""TCP_RTO_MAX, include/net/tcp.h"""
TRIES = 12
"""more than these are not reckoned with"""


def share_within(delay_ms: Times, mile: LastMile) -> Times:
    """Share of users who have the frame after `delay_ms` (n,), by formula.

    There is no jitter in it, and the RTO is that of the SYN-ACK's round trip alone. Try k, of which
    loss^(k - 1) x (1 - loss) of the users have need, is there after R/2 + (2^(k - 1) - 1) RTO(R). That grows with R, so
    each try's share is that of the users whose R is at most the one for which it takes `delay_ms`.
    """
    median, spread = mile.median_and_spread()
    normal = NormalDist(np.log(median), spread) if spread else None
    share = np.zeros(len(delay_ms))
    for earlier in range(TRIES):
        rtt = longest_rtt(delay_ms, 2.0**earlier - 1)
        with np.errstate(divide="ignore"):
            logs = np.log(np.maximum(rtt, 0))
        within = [normal.cdf(log) if normal else float(log >= np.log(median)) for log in logs.tolist()]
        share += mile.loss**earlier * (1 - mile.loss) * np.array(within)
    return share


def longest_rtt(delay_ms: Times, timeouts: float) -> Times:
    """R (n,) for which R/2 + timeouts x (R + max(2 R, 200 ms)) is `delay_ms`; below 0 where there is none."""
    return np.minimum(delay_ms / (0.5 + 3 * timeouts), (delay_ms - timeouts * LEAST_VARIATION_MS) / (0.5 + timeouts))


def drawn(
    mile: LastMile, users: int, rng: np.random.Generator, *, ack_delay_ms: float = 40.0, tick_ms: float = 4.0
) -> Times:
    """Delays of users (users,), ms, drawn with all that the formula leaves out.

    That is jitter; a handshake and an answer to it, each of which may have been lost; a phone that acknowledges the
    answer after `ack_delay_ms`; and the kernel's timers, which run out at the next grain of a clock of ticks
    (`tick_ms`: 4 where CONFIG_HZ is 250).
    """
    rtt = 2 * mile.draw(users, rng) / 1e6
    timeout = timeouts(mile, rtt, rng, ack_delay_ms)
    tries = rng.geometric(1 - mile.loss, users)
    delay = rtt / 2 + mile.jitter_ms * rng.random(users)
    for _ in range(1, TRIES):
        again = tries > 1
        late = grain(timeout, tick_ms) * rng.random(users)
        delay[again] += (timeout + late)[again]
        timeout, tries = np.minimum(2 * timeout, MOST_MS), tries - 1
    return delay


def timeouts(mile: LastMile, rtt: Times, rng: np.random.Generator, ack_delay_ms: float) -> Times:
    """RTO of connections (n,), ms, after a handshake and an answer of the gateway's."""
    first, second = (rtt + mile.jitter_ms * (rng.random(len(rtt)) + rng.random(len(rtt))) for _ in range(2))
    second += ack_delay_ms
    both_ways = (1 - mile.loss) ** 2
    known = rng.random(len(rtt)) < both_ways
    """a round trip of what was sent twice is none (Karn's algorithm; RFC 6298, section 3)"""
    answered = rng.geometric(both_ways, len(rtt))
    after_first = np.where(known, first + np.maximum(2 * first, LEAST_VARIATION_MS), NO_ROUND_TRIP_MS)
    smoothed = np.where(known, first + (second - first) / 8, second)
    variation = np.maximum(2 * np.where(known, first, second), LEAST_VARIATION_MS)
    timeout = np.where(answered == 1, smoothed + variation, after_first * 2.0 ** (answered - 1))
    return np.asarray(np.minimum(timeout, MOST_MS))


def grain(timeout_ms: Times, tick_ms: float) -> Times:
    """Ms (n,) by which the kernel's timers may be late.

    A timer of up to 63 ticks runs out at a tick, and an eighth as exactly at each level above, of which one is eight
    times as long as the one below (kernel/time/timer.c).
    """
    level = np.maximum(np.ceil(np.log(timeout_ms / (63 * tick_ms)) / np.log(8)), 0)
    return np.asarray(tick_ms * 8.0**level)


def apart(measured: Times, expected: Times) -> float:
    """Kolmogorov-Smirnov distance of two samples (n,), (m,): the most by which their shares within any time differ."""
    at = np.sort(np.concatenate([measured, expected]))
    shares = [np.searchsorted(np.sort(times), at, "right") / len(times) for times in (measured, expected)]
    return float(np.abs(shares[0] - shares[1]).max())
