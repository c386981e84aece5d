/**
 * What one user's phone knows of the quakes that it was told of. Pure: no DOM, no sockets; the time is passed in, as
 * `ServiceClock.now()` gives it: {ms, known, steady}, by the service's clock.
 *
 * A report is named by quake, play and number. What the centre signed counts for more than what nobody did: a snapshot, or
 * a report that could not be checked, never takes the place of one that was.
 */

import {cut, numeral} from "./intensity.js";
import {isReport, playOf} from "./phone-frame.js";
import {checked} from "./phone-plausible.js";
import {shakingS, STRONG, strongAfterS} from "./phone-shaking.js";
import {unverified} from "./phone-signature.js";
import {isOutOfForce, timesOf} from "./phone-times.js";

/** Levels by rising intensity, each with a shape of its own, since colour is not for everyone. */
export const LEVELS = {blue: "○", yellow: "△", orange: "◆", red: "■"};
const TIERS = ["in-page", "notification", "alarm"];
const LITTLE_S = 5; // of time left, on which advice rests while nobody knows it
const REMEMBERED = 30;
/** By status, those that a later report of the play may have, as the service has it. */
const FOLLOWED_BY = {update: ["update", "final", "cancel", "reviewed"], final: ["cancel", "reviewed"], cancel: [], reviewed: ["reviewed"]};

/** Intensity in words: [number, Roman numeral], both cut off and not rounded, as `ewarn/seismic/intensity.py` does. */
export function intensityWords(intensity) {
  return [cut(intensity), numeral(intensity)];
}

/** Which advice holds: by level, by seconds until S, negative after it, and by whether shaking should be over. */
export function adviceOf(level, s_in_s, over) {
  if (over) return "after";
  if (level === "blue") return "blue";
  if (s_in_s <= 0) return "shaking";
  if (level === "yellow") return "yellow";
  return s_in_s < 10 ? "seconds" : "soon";
}

/** All that a user was told; places by the user's own numbers, 0 for home. */
export class Alerts {
  #quakes = new Map();
  #followed = [];

  /** The user follows these from now on, [latitude, longitude] each; what is known of those that stay is kept. */
  follow(places) {
    this.#followed = places.map(String);
    for (const quake of this.#quakes.values()) {
      const kept = quake.places.filter(({at}) => this.#followed.includes(at));
      quake.places = kept.map((place) => ({...place, place: this.#followed.indexOf(place.at)})).sort(byNumber);
    }
  }

  /**
   * Takes a message as parsed, whole and not forged, with how far it is trusted and the steady clock's reading when it came.
   * Returns what it was for the user: "alarm", "notice", "news", "update", "cancel", "quick", "snapshot", or null where it
   * tells nothing new: a twin from a second platform, or an older report that came late.
   */
  take(message, {trust = unverified("no-key"), heard = null} = {}) {
    if (message.drill !== true) return null; // nothing here may be taken for a real warning
    if (message.type === "snapshot") return this.#snapshot(message);
    if (message.type !== "report" && message.type !== "quick") return null;
    const quake = {...this.#read(message, timesOf(message).released_ms), trust, heard, late_s: null};
    const known = this.#outranked(quake);
    if (known && !mayFollow(quake, known)) return warnedBehind(known, quake);
    if (known && isSame(quake, known)) keepWhatWas(quake, known);
    const what = kindOf(quake, known);
    this.#keep(Object.assign(quake, {told: true, warned: warnedBefore(quake, known)}, shownAs(what, known)));
    return what;
  }

  /** The user has closed the alarm or banner of a quake, or wants it back. */
  setOpen(id, open) {
    const quake = this.#quakes.get(id);
    if (quake) quake.open = open;
  }

  /** The user has read that shaking should be over. */
  dismiss(id) {
    const quake = this.#quakes.get(id);
    if (quake) quake.dismissed = true;
  }

  /** What to show `now`: the `alarm` or null, `alsoAlarms` behind it, `banners`, quakes `underWay` and `past`, newest first. */
  at(now) {
    for (const quake of this.#quakes.values()) if (cameOutOfForce(quake, now)) this.#quakes.delete(quake.quake);
    const all = [...this.#quakes.values()].map((quake) => standing(quake, now)).sort((a, b) => b.released_ms - a.released_ms);
    const alarms = all.filter(({stands}) => stands === "alarm");
    const [alarm = null, ...alsoAlarms] = alarms.sort((a, b) => urgency(a) - urgency(b));
    return {
      alarm,
      alsoAlarms,
      banners: all.filter(({stands}) => stands === "banner"),
      underWay: all.filter(({over, status}) => !over && status !== "cancel"),
      past: all.filter(({over, status}) => over || status === "cancel"),
    };
  }

  /** A report with its times by the clock, and its places as far as they are followed; seconds count from `from_ms`. */
  #read(message, from_ms) {
    const times = timesOf(message);
    const places = [];
    for (const place of Array.isArray(message.places) ? message.places : []) {
      const at = this.#followed[place?.place];
      if (at === undefined) continue;
      const [latitude, longitude] = at.split(",").map(Number);
      places.push({...checked(place, {latitude, longitude}, message.origin, (from_ms - times.origin_ms) / 1000), at, from_ms});
    }
    return {...message, ...times, play: playOf(message.play), places: places.sort(byNumber)};
  }

  /** What is known of its quake; null where that is not signed and the new report is. */
  #outranked(quake) {
    const known = this.#quakes.get(quake.quake);
    return known && !(isVerified(quake) && known.trust.why === "snapshot") ? known : null;
  }

  #keep(quake) {
    this.#quakes.delete(quake.quake);
    this.#quakes.set(quake.quake, quake);
    if (this.#quakes.size > REMEMBERED) this.#quakes.delete(this.#quakes.keys().next().value);
  }

  /** All places and quakes at once: fills in what was missed, is not signed, and sounds no alarm. */
  #snapshot({at, quakes, places}) {
    const from_ms = Date.parse(at);
    for (const common of quakes.filter(isReport)) {
      if (isOutOfForce(timesOf(common), from_ms)) continue;
      const known = this.#quakes.get(common.quake);
      const about = known && isSame({...common, play: playOf(common.play)}, known) ? known : {tier: "in-page", ...common};
      const there = places.flatMap((one) => (Array.isArray(one?.quakes) ? one.quakes.map((stands) => ({...stands, place: one.place})) : []));
      const quake = this.#read({...about, places: there.filter((stands) => stands.quake === common.quake)}, from_ms);
      for (const place of quake.places) place.filled = true;
      if (about === known) known.places = joined(known.places, quake.places);
      else if (!known || mayBeFilledIn(quake, known, from_ms)) this.#fillIn(quake, known);
    }
    return "snapshot";
  }

  #fillIn(quake, known) {
    const before = known?.play === quake.play ? known : {told: false, shown: "line", open: true, tier: "in-page"};
    const {told, open, tier} = before;
    const shown = quake.status === "cancel" && before.shown === "alarm" ? "banner" : before.shown;
    const trust = unverified("snapshot");
    this.#keep(Object.assign(quake, {told, shown, open, tier, trust, heard: null, late_s: null, warned: warnedBefore(quake, known)}));
  }
}

function byNumber(a, b) {
  return a.place - b.place;
}

function isVerified({trust}) {
  return trust.kind === "verified";
}

/** Whether both are one report. */
function isSame(one, other) {
  return one.play === other.play && one.number === other.number;
}

/** Whether a report tells something new; the same report does where the user has moved, or where it could not be checked before. */
function mayFollow(quake, known) {
  if (quake.play !== known.play) return quake.play > known.play;
  if (quake.number !== known.number) return quake.number > known.number && FOLLOWED_BY[known.status].includes(quake.status);
  const told = JSON.stringify(known.places.filter(({filled}) => !filled));
  return !known.told || told !== JSON.stringify(quake.places) || (isVerified(quake) && !isVerified(known));
}

/** Whether a snapshot's report may take the place of what is known: never of what is signed and in force. */
function mayBeFilledIn(quake, known, from_ms) {
  return mayFollow(quake, known) && !(isVerified(known) && from_ms < known.expires_ms);
}

/** The same report comes again: it was in time if it first was, and what a snapshot said of other places stays. */
function keepWhatWas(quake, known) {
  const {heard, late_s} = known;
  Object.assign(quake, {heard, late_s, places: joined(quake.places, known.places.filter(({filled}) => filled))});
}

/** Places, and `more` where there are none of them. */
function joined(places, more) {
  return [...places, ...more.filter(({at}) => !places.some((one) => one.at === at))].sort(byNumber);
}

/** Whether a report was in force no more, or not yet, when it came; found out, with how late it was, once the time is known. */
function cameOutOfForce(quake, {ms, known, steady}) {
  if (!known || quake.heard === null) return false;
  const came_ms = ms - (steady - quake.heard);
  quake.heard = null;
  quake.late_s = (came_ms - quake.released_ms) / 1000;
  return isOutOfForce(quake, came_ms);
}

/** The newest warning before a quick report, told or seen in a snapshot; of a warning none is kept. */
function warnedBefore(quake, known) {
  if (quake.type !== "quick") return undefined;
  return known?.type === "quick" ? known.warned : known;
}

/**
 * A warning that comes after the quick report that follows it, such as by another platform or after a snapshot: what is
 * shown stays, and the warning sounds its siren, which the quick report has none of. Returns as `Alerts.take` does.
 */
function warnedBehind(quick, warning) {
  if (quick.type !== "quick" || warning.type !== "report" || warning.play !== quick.play) return null;
  const {warned} = quick;
  if (warned && !mayFollow(warning, warned)) return null;
  const what = kindOf(warning, warned);
  if (what !== "update") Object.assign(quick, shownAs(what, quick));
  quick.warned = {...warning, told: true};
  return what;
}

function kindOf(quake, known) {
  if (quake.status === "cancel") return "cancel";
  if (quake.type === "quick") return "quick";
  const first = !known?.told || known.play !== quake.play;
  const risen = !first && TIERS.indexOf(quake.tier) > TIERS.indexOf(known.tier);
  if (!first && !risen) return "update";
  return {alarm: "alarm", notification: "notice"}[quake.tier] ?? "news";
}

/** How a quake is shown from now on: an update leaves open or closed what the user opened or closed. */
function shownAs(what, known) {
  const {shown, open, dismissed} = known ?? {};
  if (what === "update") return {shown, open, dismissed};
  if (what === "quick" && shown === "alarm") return {shown, open, dismissed};
  if (what === "cancel") return {shown: known && known.shown !== "line" ? "banner" : "line", open: true};
  return {shown: {alarm: "alarm", notice: "banner", quick: "banner"}[what] ?? "line", open: true};
}

/**
 * A quake as it stands: seconds counted down, whether it is `over` at all its places, the `chief` one, of which an alarm speaks, and
 * `after` an alarm: shaking there should be over.
 */
function standing(quake, {ms, known}) {
  const places = quake.places.map((place) => placeAt(place, quake.origin, ms, known));
  const over = ms >= quake.expires_ms || places.every((place) => place.over);
  const chief = chiefOf(places);
  const after = quake.shown === "alarm" && quake.status !== "cancel" && ms < quake.expires_ms && Boolean(chief?.over);
  return {...quake, places, over, chief, after, stands: standsAs(quake, {over, after, ms})};
}

function placeAt(place, origin, ms, known) {
  const since_s = (ms - place.from_ms) / 1000;
  const s_in_s = place.s_in_s - since_s;
  const counted = known && place.fits;
  const over = s_in_s < -shakingS(place.distance_km, origin);
  const advice = adviceOf(place.level, counted ? s_in_s : Math.min(s_in_s, LITTLE_S), over);
  const strong_after_s = place.fits ? strongAfterS(place.intensity, origin.magnitude) : null;
  return {...place, p_in_s: place.p_in_s - since_s, s_in_s, strong_after_s, known: counted, over, advice};
}

function standsAs({shown, open, dismissed, status, type, expires_ms}, {over, after, ms}) {
  if (after) return dismissed ? "line" : "banner";
  const rings = shown === "alarm" && !over && status !== "cancel";
  if (rings) return open ? "alarm" : "banner";
  const tells = !over || (ms < expires_ms && (status === "cancel" || type === "quick"));
  return open && shown !== "line" && tells ? "banner" : "line";
}

/** Home, unless only another place is struck hard; of whose numbers do not fit nobody knows how hard it is struck. */
function chiefOf(places) {
  const strongest = places.reduce((a, b) => (b.intensity > a.intensity ? b : a), places[0]);
  const home = places.find(({place}) => place === 0);
  return home && (home.intensity >= STRONG || !home.fits) ? home : strongest;
}

/** Soonest to come first, then those that have just come. */
function urgency({chief: {s_in_s}}) {
  return s_in_s > 0 ? s_in_s : 10000 - s_in_s;
}
