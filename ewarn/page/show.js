/** What a drill showed so far: the scene, its users, its plays, who read when. Pure: no DOM, no clock. */

import {NOTHING_DUE, Tally} from "./tally.js";

/** Fates in the order that tallies, colours and the shader count them; see `Fate` in ewarn/verdict/fate.py. */
export const STATES = ["waiting", "in_time", "late", "blind_zone", "suppressed", "missing"];
/** Users a page of receipts holds: what dots.js uploads at once. */
export const PAGE = 1024;

const HEADER_BYTES = 12;
const WARNS = ["update", "final"]; // neither a cancel nor what was reviewed is a first report
const USERS = 1;
const RECEIPTS = 2;
const DUE = 3;
/** Reports by number of which a user may be the first to be due: what the shader has room for. */
export const MOST_NUMBER = 63;

/**
 * Number in STATES of a user at `t`; all in seconds after origin, Infinity for never. `told` is their receipt, `arrival`
 * S at their home, `first` the release of the first public report, `due` that of the first due to them, `closed` the end.
 */
export function stateOf(told, arrival, { first, due, closed }, t) {
  if (told <= t && told < arrival) return 1;
  if (told > t && t >= closed) return 5;
  if (arrival > t) return 0;
  if (arrival <= first) return 3;
  return arrival <= due ? 4 : 2;
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

  /** Calls `fn(kind)` after each message that was taken: scene, users, play, due, report, count, happened, receipts or verdict. */
  onChange(fn) {
    this.#listeners.push(fn);
  }

  /** Takes a message: an object with a type (unknown types pass), or a binary block. Throws an Error that names what is wrong. */
  take(message) {
    const kind = ArrayBuffer.isView(message) || message instanceof ArrayBuffer ? this.#block(message) : this.#word(message);
    if (kind) for (const fn of this.#listeners) fn(kind);
  }

  /** How many users have each of STATES in a play at `t`, counted at the last whole hundredth of a second. */
  tally(play, t) {
    const run = this.plays[play];
    if (run) return run.counted.at(t, this.users, run);
    return { ...Object.fromEntries(STATES.map((state) => [state, 0])), waiting: this.users.due };
  }

  /** Number in STATES of a user in a play at `t`; -1 for a user to whom no report is due. */
  state(play, who, t) {
    const run = this.plays[play];
    if (!run.due[who]) return -1;
    return stateOf(run.told[who], this.users.s[who], run.instants(who), t);
  }

  #clear() {
    this.scene = null;
    this.plays = [];
    this.users = emptyUsers(0);
  }

  #word(message) {
    const take = { scene: this.#scene, play: this.#play, report: this.#report, count: this.#count, happened: this.#happened, verdict: this.#verdict };
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

  #play({ play, order, closed_s }) {
    if (!this.scene) throw new Error("play: no scene before it");
    if (play !== 0 && play !== 1) throw new Error(`play: ${play} is neither 0 nor 1`);
    const due = Uint8Array.from(this.users.level, (level) => (level < NOTHING_DUE ? 1 : 0));
    const released = new Float32Array(MOST_NUMBER + 1).fill(Infinity);
    this.plays[play] = {
      order,
      told: new Float32Array(this.users.count).fill(Infinity),
      reports: [],
      delivered: {},
      happened: [], // beside the reports
      verdict: null,
      headline: null,
      // Number of the first report that was due to each user, 0 for none; and by number, when reports were released.
      due,
      released,
      due_version: 0,
      instants_version: 0,
      first_number: null,
      first_release_s: Infinity,
      closed_s: closed_s ?? Infinity,
      instants(who) {
        return { first: this.first_release_s, due: released[due[who]], closed: this.closed_s };
      },
      // A page's stamp is the play's version when it last changed: every drawer sees by itself what it has yet to upload.
      version: 0,
      stamps: new Uint32Array(Math.ceil(this.users.count / PAGE)),
      counted: new Tally(),
    };
  }

  #report(report) {
    const run = this.#begun(report.play, "report");
    run.reports.push(report);
    run.released[Math.min(MOST_NUMBER, report.number)] = report.release_s;
    run.instants_version += 1;
    if (report.targets > 0 && WARNS.includes(report.status) && run.first_number === null) {
      run.first_number = report.number;
      run.first_release_s = report.release_s;
    }
    run.counted.forget();
  }

  #count({ play, report, delivered }) {
    this.#begun(play, "count").delivered[report] = delivered;
  }

  #happened({ play, at_s, words }) {
    this.#begun(play, "happened").happened.push({ at_s, words });
  }

  #verdict({ play, verdict, headline }) {
    const run = this.#begun(play, "verdict");
    run.verdict = verdict;
    run.headline = headline ?? null; // words, as `spelled` reads them
    run.closed_s = verdict.closed_s ?? Infinity;
    run.instants_version += 1;
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
    const size = { [USERS]: 9, [RECEIPTS]: 8, [DUE]: 1 }[kind];
    if (!size) throw new Error(`block: kind ${kind} is unknown`);
    const expected = HEADER_BYTES + size * count;
    if (bytes.length !== expected) throw new Error(`block of kind ${kind}: ${bytes.length} bytes, ${expected} expected for ${count} users`);
    const body = bytes.slice(HEADER_BYTES).buffer; // a copy, so that its columns are aligned whatever it came in
    if (kind === USERS) return this.#usersBlock(body, first, count);
    if (kind === DUE) return this.#dueBlock(body, this.#begun(play, "due"), first, count);
    return this.#receiptsBlock(body, this.#begun(play, "receipts"), count);
  }

  #usersBlock(body, first, count) {
    const { users } = this;
    if (first + count > users.count) throw new Error(`users: ${first} to ${first + count} of only ${users.count}`);
    const level = new Uint8Array(body, 8 * count, count);
    for (const value of level) if ((value & ~NOTHING_DUE) > 3) throw new Error(`users: level ${value} is unknown`);
    users.s.set(new Float32Array(body, 0, count), first);
    users.x.set(new Uint16Array(body, 4 * count, count), first);
    users.y.set(new Uint16Array(body, 6 * count, count), first);
    users.level.set(level, first);
    users.due = users.level.reduce((sum, value) => sum + (value < NOTHING_DUE), 0);
    users.version += 1;
    for (const run of this.plays) run?.counted.forget();
    return "users";
  }

  #dueBlock(body, run, first, count) {
    if (first + count > this.users.count) throw new Error(`due: ${first} to ${first + count} of only ${this.users.count}`);
    const numbers = new Uint8Array(body, 0, count);
    for (const number of numbers) if (number > MOST_NUMBER) throw new Error(`due: report ${number} of at most ${MOST_NUMBER}`);
    run.due.set(numbers, first);
    run.due_version += 1;
    run.counted.forget();
    return "due";
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
      run.counted.move(this.users, run, who, t[i]);
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
    s: new Float32Array(count),
    level: new Uint8Array(count).fill(NOTHING_DUE),
  };
}
