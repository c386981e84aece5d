/** What a drill showed so far: the scene, its users, its plays, who read when. Pure: no DOM, no clock. */

import {NEVER, NOTHING_DUE, Tally} from "./tally.js";

/** States in the order that tallies, colours and the shader count them. */
export const STATES = ["waiting", "inTime", "late", "blind"];
/** Users a page of receipts holds: what dots.js uploads at once. */
export const PAGE = 1024;

const HEADER_BYTES = 12;
const USERS = 1;
const RECEIPTS = 2;

/** Seconds after origin that S arrives, from a block's hundredths. */
export function arrivalSeconds(hundredths) {
  return hundredths === NEVER ? Infinity : hundredths / 100;
}

/** Number in STATES of a user at `t`: receipt `told`, S `arrival` and the first `release`, all in seconds after origin. */
export function stateOf(told, arrival, release, t) {
  if (told <= t && told < arrival) return 1;
  if (arrival > t) return 0;
  return arrival <= release ? 3 : 2;
}

/** Distance, km, that a front has reached at `t`, from its arrival `times` at `distances`; null before it comes up. */
export function frontKm(times, distances, t) {
  if (!(t >= times[0])) return null;
  let low = 0;
  let high = times.length - 1;
  if (t >= times[high]) return distances[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle;
    else high = middle;
  }
  const share = (t - times[low]) / (times[high] - times[low]);
  return distances[low] + share * (distances[high] - distances[low]);
}

/** A scene and its plays, fed message by message. */
export class Show {
  #listeners = [];

  constructor() {
    this.#clear();
  }

  /** Calls `fn(kind)` after each message that was taken: scene, users, play, report, count, receipts or verdict. */
  onChange(fn) {
    this.#listeners.push(fn);
  }

  /** Takes a message: an object with a type (unknown types pass), or a binary block. Throws an Error that names what is wrong. */
  take(message) {
    const kind = ArrayBuffer.isView(message) || message instanceof ArrayBuffer ? this.#block(message) : this.#word(message);
    if (kind) for (const fn of this.#listeners) fn(kind);
  }

  /** How many users are {waiting, inTime, late, blind} in a play at `t`, counted at the last whole hundredth of a second. */
  tally(play, t) {
    const run = this.plays[play];
    if (run) return run.counted.at(t, run.first_release_s);
    return { waiting: this.users.due, inTime: 0, late: 0, blind: 0 };
  }

  #clear() {
    this.scene = null;
    this.plays = [];
    this.users = emptyUsers(0);
  }

  #word(message) {
    const take = { scene: this.#scene, play: this.#play, report: this.#report, count: this.#count, verdict: this.#verdict };
    if (!Object.hasOwn(take, message?.type)) return null;
    take[message.type].call(this, message);
    return message.type;
  }

  #scene(scene) {
    if (!Number.isInteger(scene.users) || scene.users < 0) throw new Error(`scene: users is ${scene.users}, no count`);
    for (const name of ["quake", "box", "fronts", "stations"]) if (!scene[name]) throw new Error(`scene: no ${name}`);
    this.#clear();
    this.scene = scene;
    this.users = emptyUsers(scene.users);
  }

  #play({ play, order }) {
    if (!this.scene) throw new Error("play: no scene before it");
    if (play !== 0 && play !== 1) throw new Error(`play: ${play} is neither 0 nor 1`);
    this.plays[play] = {
      order,
      told: new Float32Array(this.users.count).fill(Infinity),
      reports: [],
      delivered: {},
      verdict: null,
      first_release_s: Infinity,
      // A page's stamp is the play's version when it last changed: every drawer sees on his own what he has yet to upload.
      version: 0,
      stamps: new Uint32Array(Math.ceil(this.users.count / PAGE)),
      counted: new Tally(),
    };
    this.plays[play].counted.rebuild(this.users, this.plays[play].told);
  }

  #report(report) {
    const run = this.#begun(report.play, "report");
    run.reports.push(report);
    if (report.targets > 0) run.first_release_s = Math.min(run.first_release_s, report.release_s);
  }

  #count({ play, report, delivered }) {
    this.#begun(play, "count").delivered[report] = delivered;
  }

  #verdict({ play, verdict }) {
    this.#begun(play, "verdict").verdict = verdict;
  }

  #begun(play, what) {
    const run = this.plays[play];
    if (!run) throw new Error(`${what}: play ${play} has not begun`);
    return run;
  }

  #block(data) {
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (bytes.length < HEADER_BYTES) throw new Error(`block: ${bytes.length} bytes, less than its header`);
    const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
    const [kind, play, first, count] = [header.getUint8(0), header.getUint8(1), header.getUint32(4, true), header.getUint32(8, true)];
    const size = { [USERS]: 7, [RECEIPTS]: 8 }[kind];
    if (!size) throw new Error(`block: kind ${kind} is unknown`);
    const expected = HEADER_BYTES + size * count;
    if (bytes.length !== expected) throw new Error(`block of kind ${kind}: ${bytes.length} bytes, ${expected} expected for ${count} users`);
    const body = bytes.slice(HEADER_BYTES).buffer; // a copy, so that its columns are aligned whatever it came in
    if (kind === USERS) return this.#usersBlock(body, first, count);
    return this.#receiptsBlock(body, this.#begun(play, "receipts"), count);
  }

  #usersBlock(body, first, count) {
    const { users } = this;
    if (first + count > users.count) throw new Error(`users: ${first} to ${first + count} of only ${users.count}`);
    const level = new Uint8Array(body, 6 * count, count);
    for (const value of level) if ((value & ~NOTHING_DUE) > 3) throw new Error(`users: level ${value} is unknown`);
    users.x.set(new Uint16Array(body, 0, count), first);
    users.y.set(new Uint16Array(body, 2 * count, count), first);
    users.s.set(new Uint16Array(body, 4 * count, count), first);
    users.level.set(level, first);
    users.due = users.level.reduce((sum, value) => sum + (value < NOTHING_DUE), 0);
    users.version += 1;
    for (const run of this.plays) run?.counted.rebuild(users, run.told);
    return "users";
  }

  #receiptsBlock(body, run, count) {
    const user = new Uint32Array(body, 0, count);
    const t = new Float32Array(body, 4 * count, count);
    for (let i = 0; i < count; i += 1) {
      if (user[i] >= this.users.count) throw new Error(`receipts: user ${user[i]} of only ${this.users.count}`);
      if (Number.isNaN(t[i])) throw new Error(`receipts: user ${user[i]} has no time`);
    }
    run.version += 1;
    for (let i = 0; i < count; i += 1) {
      const who = user[i];
      if (t[i] >= run.told[who]) continue; // the first receipt counts
      run.counted.move(this.users, who, run.told[who], t[i]);
      run.told[who] = t[i];
      run.stamps[(who / PAGE) | 0] = run.version;
    }
    return "receipts";
  }
}

/** Columns of `count` users of whom nothing is known yet, so nothing is due to them. */
function emptyUsers(count) {
  return {
    count,
    due: 0,
    version: 0,
    x: new Uint16Array(count),
    y: new Uint16Array(count),
    s: new Uint16Array(count),
    level: new Uint8Array(count).fill(NOTHING_DUE),
  };
}
