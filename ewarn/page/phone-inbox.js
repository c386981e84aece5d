/** What comes to a phone, on its way to what it knows: nothing that is forged, broken, old or not yet to come gets there. */

import {isWhole} from "./phone-frame.js";
import {admission, timesOf} from "./phone-times.js";

const MOST = 30; // that wait
const SNAPSHOT_MS = 300000; // a snapshot's own time, from then on, is believed like a report's release

/** `onMessage(message, {trust, heard})` for each that may be shown: `heard` is the steady clock's reading when it came. */
export class Inbox {
  #waiting = [];
  #clock;
  #wall;
  /** how many messages were refused since they were forged */
  refused = 0;

  constructor({clock, onMessage, wall = () => Date.now()}) {
    this.#clock = clock;
    this.#wall = wall;
    this.onMessage = onMessage;
  }

  /** how many wait for the service to say what time it is */
  get held() {
    return this.#waiting.length;
  }

  /** Takes a message as parsed, and how far it is trusted. */
  take(message, trust) {
    if (trust.kind === "forged") this.refused += 1;
    else if (isWhole(message)) this.#admit({message, trust, heard: this.#clock.now().steady});
  }

  /** Looks again at those that wait: time has passed, or the service has said what time it is. */
  look() {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) this.#admit(one);
  }

  #admit(one) {
    const {message, trust, heard} = one;
    const now = this.#clock.now();
    const times = message.type === "snapshot" ? snapshotTimes(message) : timesOf(message);
    const verdict = admission(times, now, this.#wall(), now.steady - heard);
    if (verdict === "wait") this.#waiting = [...this.#waiting, one].slice(-MOST);
    if (verdict !== "take") return;
    this.#clock.named(times.released_ms); // only what is to be believed may set a clock
    this.onMessage(message, {trust, heard});
  }
}

function snapshotTimes({at}) {
  const released_ms = Date.parse(at);
  return {released_ms, expires_ms: released_ms + SNAPSHOT_MS, origin_ms: released_ms, began_ms: released_ms};
}
