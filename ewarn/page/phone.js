/** What one user's phone knows of the quakes under way. Pure: no DOM, no sockets, clocks passed in. */

/** Levels by rising intensity, each with a shape of its own, since colour is not for everyone. */
export const LEVELS = {blue: "○", yellow: "△", orange: "◆", red: "■"};
const ROMAN = ["0", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];
const CLOCK_AHEAD_MS = 2000; // a report from the future: then this device's clock is wrong
const CLOCK_BEHIND_MS = 10000; // a fresh report that old: likewise
const SHAKING_S = 60; // after S came, for so long the ground may still move

/** Chinese intensity as a Roman numeral. */
export function roman(intensity) {
  return ROMAN[Math.min(12, Math.max(0, Math.round(intensity)))];
}

/** Which advice holds: by level and by seconds until S, negative after it. */
export function adviceOf(level, s_in_s) {
  if (s_in_s < -SHAKING_S) return "after";
  if (level === "blue") return "blue";
  if (s_in_s <= 0) return "shaking";
  if (level === "yellow") return "yellow";
  return s_in_s < 10 ? "seconds" : "soon";
}

/** The quakes that a user was told of, newest first; places by his own numbers. */
export class Alerts {
  #quakes = new Map();

  /**
   * Takes a message as parsed, read at `read_ms` of this device's wall clock. `greeting`: it came on connecting, and may
   * be older. Returns what it was for him: "alarm", "update", "cancel", "quick" or null where it tells nothing new.
   */
  take(message, read_ms, greeting = false) {
    if (message.drill !== true) return null; // nothing here may be taken for a real warning
    if (message.type === "snapshot") return this.#snapshot(message, read_ms);
    if (message.type !== "report" && message.type !== "quick") return null;
    const known = this.#quakes.get(message.quake);
    const released_ms = Date.parse(message.released);
    // A quake may be played again, so that what is newer goes by its release and not by its number.
    if (known && released_ms <= known.released_ms) return null;
    const again = !known || message.number < known.number;
    this.#keep(message, released_ms, read_ms, greeting);
    if (message.status === "cancel") return "cancel";
    if (message.type === "quick") return "quick";
    return again || (message.tier === "alarm" && known.tier !== "alarm") ? "alarm" : "update";
  }

  /** Forgets everything. */
  clear() {
    this.#quakes.clear();
  }

  /** All that is known at `now_ms`, the strongest quake first. */
  at(now_ms) {
    const found = [...this.#quakes.values()].map((quake) => ({...quake, places: quake.places.map((place) => placeAt(place, quake, now_ms))}));
    return found.sort((a, b) => b.released_ms - a.released_ms);
  }

  #keep(message, released_ms, read_ms, greeting) {
    const ahead = released_ms - read_ms;
    const wrong = ahead > CLOCK_AHEAD_MS || (!greeting && -ahead > CLOCK_BEHIND_MS);
    this.#quakes.set(message.quake, {
      ...message,
      released_ms,
      from_ms: wrong ? read_ms : released_ms,
      by_receipt: wrong,
      places: [...message.places].sort((a, b) => a.place - b.place),
    });
  }

  /** All places and quakes at once, as of now: what is known is brought up to it, and nothing sounds an alarm. */
  #snapshot({at, quakes, places}, read_ms) {
    const at_ms = Date.parse(at);
    for (const common of quakes) {
      const known = this.#quakes.get(common.quake);
      const released_ms = Date.parse(common.released);
      if (known && released_ms < known.released_ms) continue;
      const mine = places.flatMap(({place, quakes: there}) => there.filter((one) => one.quake === common.quake).map((one) => ({...one, place})));
      this.#keep({tier: known?.tier ?? "in-page", ...common, places: mine}, released_ms, read_ms, true);
      this.#quakes.get(common.quake).from_ms = Math.abs(at_ms - read_ms) > CLOCK_AHEAD_MS ? read_ms : at_ms;
    }
    return quakes.length ? "update" : null;
  }
}

function placeAt(place, quake, now_ms) {
  const since_s = (now_ms - quake.from_ms) / 1000;
  const s_in_s = place.s_in_s - since_s;
  return {...place, p_in_s: place.p_in_s - since_s, s_in_s, advice: adviceOf(place.level, s_in_s)};
}
