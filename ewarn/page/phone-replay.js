/**
 * What a phone was told, and how it stood at any second of a play: the messages that it received then, taken anew. Pure.
 *
 * Of a play whose waits were cut short the seconds are the quake's: a message came when its report's own timeline says so.
 */

import {Alerts} from "./phone.js";
import {playOf} from "./phone-frame.js";

const MOST = 200;

/** The reports that a phone received, with the steady clock's readings when they came, and what it followed then. */
export class Kept {
  #kept = [];

  /** Keeps a message as `Alerts.take` takes it; `places`: [latitude, longitude] each. */
  add(message, {trust, heard}, places) {
    if (message.type !== "report" && message.type !== "quick") return;
    this.#kept = [...this.#kept, {message, trust, heard, places}].slice(-MOST);
  }

  /** What came of a play, by its id: digits. */
  of(play) {
    return this.#kept.filter(({message}) => playOf(message.play) === playOf(play));
  }
}

/**
 * A play's messages of `Kept.of`, each with `came_s`, seconds after the true origin, by `reports` of the show and `now` as
 * `ServiceClock.now()` gives it; `origin_ms` on the play's own timeline. Empty where nothing came.
 */
export function toldIn(kept, reports, now) {
  const known = kept.find(({message}) => reports.some(({number}) => number === message.number));
  if (!known) return {origin_ms: NaN, told: []};
  const {release_s} = reports.find(({number}) => number === known.message.number);
  const origin_ms = Date.parse(known.message.released) - 1000 * release_s;
  const told = kept.map((one) => ({...one, came_s: Math.max(releasedMs(one), cameMs(one, now)) / 1000 - origin_ms / 1000}));
  return {origin_ms, told};
}

/**
 * What was shown at `at_s`: as `Alerts.at`. `places` are followed now; `acts` of the user, {id, what, at_s}: "open" and "close" an alarm or
 * banner, "dismiss" what holds after one. An act counts from its second on, so that going back undoes it.
 */
export function shownAt({origin_ms, told}, at_s, places, acts = []) {
  const alerts = new Alerts();
  const steps = [...told.map((one) => [one.came_s, () => take(alerts, one, origin_ms)]), ...acts.map((act) => [act.at_s, () => put(alerts, act)])];
  for (const [s, step] of steps.sort(([a], [b]) => a - b)) if (s <= at_s) step();
  alerts.follow(places);
  const ms = origin_ms + 1000 * at_s;
  return alerts.at({ms, known: true, steady: ms});
}

function take(alerts, {message, trust, places, came_s}, origin_ms) {
  alerts.follow(places);
  alerts.take({...message, ahead_s: 0}, {trust, heard: origin_ms + 1000 * came_s});
}

function put(alerts, {id, what}) {
  if (what === "dismiss") alerts.dismiss(id);
  else alerts.setOpen(id, what === "open");
}

function releasedMs({message}) {
  return Date.parse(message.released);
}

/** When it came, on its report's timeline; -Infinity while the service's time is not known. */
function cameMs({message, heard}, {ms, known, steady}) {
  return known ? ms - (steady - heard) + 1000 * (message.ahead_s ?? 0) : -Infinity;
}
