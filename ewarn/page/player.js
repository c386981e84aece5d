/** Which second after origin is shown: live, replayed at some speed, or held. Pure: the clock is passed in. */

const SLOWEST = 0.1;
const FASTEST = 10;
const LONGEST_GUESS_S = 2; // how far a live clock runs on without a message: deliveries can keep a server busy
const MOST_BACK_S = 0.3;
const NEW_ORIGIN_S = 5; // a live clock that falls by more belongs to another play

/** Plays seconds after origin. `now()` gives milliseconds, as performance.now() does. */
export class Player {
  #now;
  #listeners = [];
  #from = { at_ms: 0, s: 0 }; // the replayed clock's last known point
  #heard = null; // the live clock's
  #follow = true; // go live as soon as there is something live
  #speed = 1;
  #moves = 0;

  constructor(now = () => performance.now()) {
    this.#now = now;
    this.mode = "paused";
    this.end_s = 0;
    /** moves by hand since it last went by the live clock, counted on and on; 0: none, what is shown is what goes on */
    this.moved = 0;
  }

  /** Calls `fn()` after every change of mode, speed or place. */
  onChange(fn) {
    this.#listeners.push(fn);
  }

  /** Seconds after origin now. */
  clock() {
    if (this.mode === "live") return this.#edge();
    if (this.mode === "paused") return this.#from.s;
    const s = this.#from.s + ((this.#now() - this.#from.at_ms) / 1000) * this.#speed;
    const end = this.#heard ? this.#edge() : this.end_s;
    if (s < end) return s;
    this.#become(this.#heard ? "live" : "paused", end);
    return end;
  }

  /** The server's clock, seconds after origin; null once no play goes on. */
  live(after_s) {
    if (after_s === null || after_s === undefined) return this.#ended();
    const fresh = !this.#heard || after_s < this.#edge() - NEW_ORIGIN_S;
    if (fresh) this.#begin(after_s);
    // Late messages must not pull the clock back in jerks: it gives way by little, message by message.
    else this.#heard = { at_ms: this.#now(), s: Math.max(after_s, this.#edge() - MOST_BACK_S) };
    this.end_s = Math.max(this.end_s, this.#heard.s);
  }

  /** Follows the live clock again, if there is one. */
  goLive() {
    this.#follow = true;
    this.moved = 0;
    if (this.#heard) this.#become("live", this.#edge());
  }

  /** Replays from where it stands; from the start if that is the end. */
  play() {
    if (this.mode !== "paused") return;
    const s = this.clock();
    this.#move();
    this.#become("replay", s >= this.end_s ? 0 : s);
  }

  /** Holds the picture. */
  pause() {
    this.#follow = false;
    const s = this.clock();
    this.#move();
    this.#become("paused", s);
  }

  /** Shows second `s`; a replay goes on from there, all else is held there. */
  seek(s) {
    this.#follow = false;
    const end = Math.max(this.end_s, this.#heard ? this.#edge() : 0);
    this.#move();
    this.#become(this.mode === "replay" ? "replay" : "paused", Math.min(end, Math.max(0, s)));
  }

  get speed() {
    return this.#speed;
  }

  /** Of replay, 0.1 to 10. */
  set speed(times) {
    const s = this.clock();
    this.#speed = Math.min(FASTEST, Math.max(SLOWEST, Number(times) || 1));
    this.#become(this.mode, s);
  }

  #edge() {
    return this.#heard.s + Math.min(LONGEST_GUESS_S, (this.#now() - this.#heard.at_ms) / 1000);
  }

  #begin(after_s) {
    this.#heard = { at_ms: this.#now(), s: after_s };
    this.end_s = after_s;
    if (this.#follow || this.#from.s > after_s) this.#become("live", after_s);
  }

  #ended() {
    if (!this.#heard) return;
    const s = this.clock();
    this.end_s = Math.max(this.end_s, this.#heard.s);
    this.#heard = null;
    this.#follow = true;
    if (this.mode === "live") this.#become("paused", s);
    else this.#become(this.mode, s);
  }

  #move() {
    this.#moves += 1;
    this.moved = this.#moves;
  }

  #become(mode, s) {
    this.mode = mode;
    if (mode === "live") this.moved = 0;
    this.#from = { at_ms: this.#now(), s };
    for (const fn of this.#listeners) fn();
  }
}
