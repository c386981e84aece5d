/** How a play stands against its promises, from its users' receipts. Pure: no DOM, no clock. */

import {NOTHING_DUE} from "./tally.js";

const NEAR_KM = 50;
const KM_A_DEGREE = 111.19;

/** Numbers of the users within 50 km of the epicentre to whom something is due. */
export function nearUsers({users, scene}) {
  const near = [];
  const [west, south, east, north] = scene?.box ?? [0, 0, 0, 0];
  for (let user = 0; user < users.count; user += 1) {
    if (users.level[user] >= NOTHING_DUE) continue;
    const latitude = south + (users.y[user] / 65535) * (north - south);
    const longitude = west + (users.x[user] / 65535) * (east - west);
    const up = (latitude - scene.quake.latitude) * KM_A_DEGREE;
    const away = longitude - scene.quake.longitude;
    const right = (away - 360 * Math.round(away / 360)) * KM_A_DEGREE * Math.cos((latitude * Math.PI) / 180);
    if (up * up + right * right <= NEAR_KM * NEAR_KM) near.push(user);
  }
  return near;
}

/**
 * Whether what came of a play may be said at `at` seconds after origin, of `end_s` that a replay plays: a replay does not give it away
 * before its end. `live`: what is shown is what goes on.
 */
export function isOver(run, at, {end_s, live}) {
  return Boolean(run?.verdict) && (live || at >= Math.min(run.closed_s, end_s));
}

/** Of one play, with its show's `nearUsers`: {first, delivery, epicentre} in seconds, null where not yet known. */
export function standing(show, run, near) {
  const release = run.first_release_s;
  if (!Number.isFinite(release)) return {first: null, delivery: null, epicentre: null};
  let last = -Infinity;
  for (const told of run.told) if (told > last && told !== Infinity) last = told;
  const first = near.filter((user) => show.users.s[user] > release && run.due[user] === run.first_number);
  const took = first.map((user) => run.told[user] - release);
  took.sort((a, b) => a - b);
  const p99 = took.length ? took[Math.ceil(0.99 * took.length) - 1] : Infinity;
  return {first: release, delivery: last === -Infinity ? null : last - release, epicentre: Number.isFinite(p99) ? p99 : null};
}
