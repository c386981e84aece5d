/**
 * The service's time on a phone. Pure: it is given the device's two clocks, and others carry its questions.
 *
 * A device's own time of day may be seconds off, so it is never counted by. The phone asks (`{"type":"time","sent":..}`) and takes
 * the answer to have been written half a round trip before it came; of the last exchanges the one with the smallest
 * round trip counts, which is off by at most half of that. Of the device's two clocks one may stand still while it sleeps
 * and the other may be set at any time: between two exchanges the later of them counts, so that an alarm never looks
 * fresher than it is, and wherever they part the service is asked anew.
 *
 * Before the first answer only this is known: the service's clock stands at least where the newest message of it said,
 * and time has passed since. That is enough to say that S has surely passed, and not enough for a countdown: whether a
 * report is fresh or was long on its way, only the service's clock tells. Then no seconds are shown, and the advice is
 * what holds with little time left.
 */

const AGAIN_MS = 60000; // device clocks drift by some milliseconds in a minute
const SOON_MS = 2000; // while no answer came, or only slow ones
const JUMP_MS = 500; // no clock is slewed by so much between two exchanges: it was set, or one of them stood still
const GAP_MS = 5000; // between two looks at the clock; then the page, or the device, slept
const POOR_MS = 200; // a round trip by which the time may be a tenth of a second off
const TRIES = 4; // for a better one than that, a minute
const KEPT = 8; // exchanges: what is older has drifted
const PENDING = 8; // questions

export class ServiceClock {
  #clocks;
  #pending = new Map();
  #kept = [];
  #asked = null;
  #tries = 0;
  #looked = null;
  #ahead_ms = -Infinity; // of the steady clock, the service's at least

  /** `steady` and `wall` give milliseconds as performance.now() and Date.now() do. */
  constructor({steady = () => performance.now(), wall = () => Date.now()} = {}) {
    this.#clocks = {steady, wall};
  }

  /** A question to send now. */
  question() {
    const now = this.#read();
    this.#tries = this.#asked && longer(now, this.#asked) < AGAIN_MS ? this.#tries + 1 : 1;
    this.#asked = now;
    this.#pending.set(now.steady, now);
    if (this.#pending.size > PENDING) this.#pending.delete(this.#pending.keys().next().value);
    return {type: "time", sent: now.steady};
  }

  /** Takes an answer as parsed; one to no question of ours, or to one from before a sleep, is let be. */
  answer({sent, service}) {
    const asked = this.#pending.get(sent);
    const now = this.#read();
    if (!asked || !Number.isFinite(service)) return;
    this.#pending.delete(sent);
    if (parted(now, asked)) return; // by the clock that stood still its round trip looks short
    const trip_ms = longer(now, asked);
    this.#kept = this.#kept.filter((one) => !parted(now, one));
    this.#kept.push({...now, trip_ms, ahead_ms: service + trip_ms / 2 - now.steady});
    if (this.#kept.length > KEPT) this.#kept.shift();
  }

  /** The service named an instant, milliseconds since 1970, that is not to come; only what is to be believed may be passed on. */
  named(service_ms) {
    if (Number.isFinite(service_ms)) this.#ahead_ms = Math.max(this.#ahead_ms, service_ms - this.#read().steady);
  }

  /**
   * The service's time: milliseconds since 1970, and whether it is `known`; where not, it is that at least. `steady` is the
   * device's own reading, by which instants before the first answer are known again.
   */
  now() {
    const now = this.#read();
    const {steady} = now;
    const best = this.#best();
    if (!best) return {ms: steady + this.#ahead_ms, known: false, steady};
    return {ms: steady + best.ahead_ms + Math.max(0, now.gap - best.gap), known: true, steady};
  }

  /** Whether it is time to ask; called again and again, at least twice in five seconds. */
  due() {
    const now = this.#read();
    const before = this.#looked ?? now;
    this.#looked = now;
    if (!this.#asked || longer(now, before) > GAP_MS || parted(now, this.#asked)) return true;
    const best = this.#best();
    const well = best && !parted(now, best) && (best.trip_ms <= POOR_MS || this.#tries >= TRIES);
    return longer(now, this.#asked) >= (well ? AGAIN_MS : SOON_MS);
  }

  #best() {
    return this.#kept.reduce((best, one) => (one.trip_ms < best.trip_ms ? one : best), this.#kept[0]);
  }

  #read() {
    const [steady, wall] = [this.#clocks.steady(), this.#clocks.wall()];
    return {steady, wall, gap: wall - steady};
  }
}

/** How long it is since `before`, by the clock that says more. */
function longer(now, before) {
  return Math.max(now.steady - before.steady, now.wall - before.wall);
}

function parted(now, before) {
  return Math.abs(now.gap - before.gap) > JUMP_MS;
}
