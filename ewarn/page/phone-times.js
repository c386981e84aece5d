/**
 * The times of a report by the service's clock, and whether it may be shown at that time. Pure.
 *
 * A drill whose waits are cut short has a timeline of its own, which runs `ahead_s` ahead of the clock; that is taken off
 * wherever a time of the report meets the clock.
 */

import {playOf} from "./phone-frame.js";

const EARLY_MS = 60000; // that a release may lie to come: a gateway takes 5 s, and two clocks may disagree
const DOUBT_MS = 60000; // by which a device's own clock may well be wrong
const DAY_MS = 86400000; // by which hardly any device's clock is wrong
const HELD_MS = 2000; // that what looks old or early by the device's clock waits for the service's
/** From so many seconds on a report is late: a fan-out that keeps its promise takes one. */
export const LATE_S = 2;

/** When it was released, expires, the quake began and the play did: milliseconds since 1970, by the service's clock. */
export function timesOf({released, expires, origin, play, ahead_s = 0}) {
  const [released_ms, expires_ms, origin_ms] = [released, expires, origin.time].map((text) => Date.parse(text) - 1000 * ahead_s);
  return {released_ms, expires_ms, origin_ms, began_ms: Number(playOf(play) / 1000000n)};
}

/** Whether at this time by the service's clock a report is in force no more, or not yet; it is shown to nobody. */
export function isOutOfForce(times, ms) {
  return ms >= times.expires_ms || times.released_ms > ms + EARLY_MS || contradicts(times);
}

/** Whether it was released before the quake, or before its play: one such, of a play of 2095, would shut out all that follow. */
function contradicts({released_ms, origin_ms, began_ms}) {
  return origin_ms > released_ms || began_ms > released_ms + EARLY_MS;
}

/**
 * "take", "wait" or "drop": what to do with a report now, {ms, known} by the service's clock, which has waited for so long.
 *
 * Before the service has said what time it is, the device's own clock, `wall_ms`, tells what is surely fresh. The rest waits
 * for a moment: on a connection the service's time is the first thing asked. If it does not come, a clock that is wrong by less
 * than a day costs no alarm, and nothing that is years old makes one.
 */
export function admission(times, {ms, known}, wall_ms, waited_ms) {
  if (contradicts(times)) return "drop";
  if (known) return isOutOfForce(times, ms) ? "drop" : "take";
  const near_ms = waited_ms < HELD_MS ? DOUBT_MS : DAY_MS;
  const looksFresh = times.released_ms - near_ms <= wall_ms && wall_ms < times.expires_ms + (waited_ms < HELD_MS ? 0 : DAY_MS);
  return looksFresh ? "take" : "wait";
}
