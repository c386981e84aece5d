/**
 * What one user's phone knows of the quakes that it was told of. Pure: no DOM, no sockets; the time is passed in, as
 * `ServiceClock.now()` gives it: {ms, known}, by the service's clock.
 */

/** Levels by rising intensity, each with a shape of its own, since colour is not for everyone. */
export const LEVELS = {blue: "○", yellow: "△", orange: "◆", red: "■"};
const TIERS = ["in-page", "notification", "alarm"];
const ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];
/** After S came, for so many seconds the ground may still move. */
export const SHAKING_S = 60;
const LITTLE_S = 5; // of time left, on which advice rests while nobody knows it
const STRONG = 5; // least intensity at home by which home is what an alarm speaks of
const ANOTHER_MS = 60000; // estimates of one quake's origin lie closer; so it is played again
const REMEMBERED = 30;

/** Intensity in words: [number, Roman numeral], both cut off and not rounded, as `ewarn/seismic/intensity.py` does. */
export function intensityWords(intensity) {
  return [(Math.floor(intensity * 10) / 10).toFixed(1), ROMAN[Math.min(12, Math.max(1, Math.floor(intensity))) - 1]];
}

/** Which advice holds: by level and by seconds until S, negative after it. */
export function adviceOf(level, s_in_s) {
  if (s_in_s < -SHAKING_S) return "after";
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
   * Takes a message as parsed. Returns what it was for the user: "alarm", "notice", "news", "update", "cancel", "quick",
   * "snapshot", or null where it tells nothing new: a twin from a second platform, or an older report that came late.
   */
  take(message) {
    if (message.drill !== true) return null; // nothing here may be taken for a real warning
    if (message.type === "snapshot") return this.#snapshot(message);
    if (message.type !== "report" && message.type !== "quick") return null;
    const known = this.#quakes.get(message.quake);
    const quake = this.#read(message);
    if (known && !isNewer(quake, known)) return warnedBehind(known, quake);
    const what = kindOf(quake, known);
    this.#keep(Object.assign(quake, {told: true, warned: warnedBefore(quake, known)}, shownAs(what, known)));
    return what;
  }

  /** The user has closed the alarm or banner of a quake, or wants it back. */
  setOpen(id, open) {
    const quake = this.#quakes.get(id);
    if (quake) quake.open = open;
  }

  /** What to show `now`, {ms, known}: the `alarm` or null, `alsoAlarms` behind it, `banners`, quakes `underWay` and `past`, newest first. */
  at(now) {
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

  #read(message) {
    const released_ms = Date.parse(message.released);
    const places = message.places.map((place) => ({...place, at: this.#followed[place.place]})).sort(byNumber);
    return {...message, places, released_ms, from_ms: released_ms};
  }

  #keep(quake) {
    this.#quakes.delete(quake.quake);
    this.#quakes.set(quake.quake, quake);
    if (this.#quakes.size > REMEMBERED) this.#quakes.delete(this.#quakes.keys().next().value);
  }

  /** All places and quakes at once: fills in what was missed, and sounds no alarm. */
  #snapshot({at, quakes, places}) {
    for (const common of quakes) {
      const mine = places.flatMap(({place, quakes: there}) => there.filter(({quake}) => quake === common.quake).map((one) => ({...one, place})));
      const known = this.#quakes.get(common.quake);
      const quake = this.#read({tier: "in-page", ...common, places: mine});
      const filled = known?.places.length >= mine.length;
      if (known && (quake.released_ms < known.released_ms || (quake.released_ms === known.released_ms && filled))) continue;
      const before = known && !isAnother(quake, known) ? known : {told: false, shown: "line", open: true, tier: "in-page"};
      const {told, open, tier} = before;
      const shown = common.status === "cancel" && before.shown === "alarm" ? "banner" : before.shown;
      this.#keep(Object.assign(quake, {told, shown, open, tier, warned: warnedBefore(quake, known), from_ms: Date.parse(at)}));
    }
    return "snapshot";
  }
}

function byNumber(a, b) {
  return a.place - b.place;
}

/** Of two that were released at once, one that speaks of other places is new: the user has moved. */
function isNewer(quake, known) {
  if (quake.released_ms !== known.released_ms) return quake.released_ms > known.released_ms;
  if (quake.number !== known.number) return quake.number > known.number;
  return !known.told || JSON.stringify(quake.places) !== JSON.stringify(known.places);
}

function isAnother(quake, known) {
  return quake.number < known.number || isAnotherOrigin(quake, known);
}

function isAnotherOrigin(quake, known) {
  return Math.abs(Date.parse(quake.origin.time) - Date.parse(known.origin.time)) > ANOTHER_MS;
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
  if (quick.type !== "quick" || warning.type !== "report" || isAnotherOrigin(warning, quick)) return null;
  const {warned} = quick;
  if (warned && !isNewer(warning, warned)) return null;
  const what = kindOf(warning, warned);
  if (what !== "update") Object.assign(quick, shownAs(what, quick));
  quick.warned = {...warning, told: true};
  return what;
}

function kindOf(quake, known) {
  if (quake.status === "cancel") return "cancel";
  if (quake.type === "quick") return "quick";
  const first = !known?.told || known.status === "cancel" || isAnother(quake, known);
  const risen = !first && TIERS.indexOf(quake.tier) > TIERS.indexOf(known.tier);
  if (!first && !risen) return "update";
  return {alarm: "alarm", notification: "notice"}[quake.tier] ?? "news";
}

/** How a quake is shown from now on: an update leaves open or closed what the user opened or closed. */
function shownAs(what, known) {
  if (what === "update") return {shown: known.shown, open: known.open};
  if (what === "quick" && known?.shown === "alarm") return {shown: "alarm", open: known.open};
  if (what === "cancel") return {shown: known && known.shown !== "line" ? "banner" : "line", open: true};
  return {shown: {alarm: "alarm", notice: "banner", quick: "banner"}[what] ?? "line", open: true};
}

/** A quake as it stands: seconds counted down, whether it is over, and the place that an alarm speaks of. */
function standing(quake, {ms, known}) {
  const since_s = (ms - quake.from_ms) / 1000;
  const places = quake.places.map((place) => {
    const s_in_s = place.s_in_s - since_s;
    const advice = adviceOf(place.level, known ? s_in_s : Math.min(s_in_s, LITTLE_S));
    return {...place, p_in_s: place.p_in_s - since_s, s_in_s, known, advice};
  });
  const over = places.every(({s_in_s}) => s_in_s < -SHAKING_S);
  return {...quake, places, over, chief: chiefOf(places), stands: standsAs(quake, over)};
}

function standsAs({shown, open, status, type}, over) {
  const rings = shown === "alarm" && !over && status !== "cancel";
  if (rings) return open ? "alarm" : "banner";
  const tells = status === "cancel" || type === "quick" || !over;
  return open && shown !== "line" && tells ? "banner" : "line";
}

/** Home, unless only another place is struck hard. */
function chiefOf(places) {
  const strongest = places.reduce((a, b) => (b.intensity > a.intensity ? b : a), places[0]);
  const home = places.find(({place}) => place === 0);
  return home && home.intensity >= STRONG ? home : strongest;
}

/** Soonest to come first, then those that have just come. */
function urgency({chief: {s_in_s}}) {
  return s_in_s > 0 ? s_in_s : 10000 - s_in_s;
}
