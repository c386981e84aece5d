/** Which users change their state between two instants, so that a picture that stands needs only them drawn anew. Pure. */

const PER_SECOND = 20; // bins of instants
const BINS = 8192;

/** Users by when S reaches them, and by when they are told. */
export class Changes {
  #s;
  #told;
  #arrivals = null; // by bins
  #receipts = null; // by bins; null: there are newer ones

  /** Of columns of users; all times are seconds after origin, Infinity for never. */
  constructor({ s, count }) {
    this.#s = s;
    this.#told = new Float32Array(count);
  }

  /** All users were drawn as `told` has them now. */
  drawn(told) {
    this.#told.set(told);
    this.#receipts = null;
  }

  /**
   * Users who may change from `since`, when all was drawn, to `until`; some of them may not. `news`: whether `told` is other
   * than it was then. Null where one goes back to a state that lies under the one they had: all must be drawn anew.
   */
  between(since, until, told, news, closed) {
    this.#arrivals ??= binned(this.#s);
    if (news) this.#receipts = null;
    else this.#receipts ??= binned(told);
    const read = news ? this.#compare(told, since, until) : this.#receipts.between(since, until);
    if (!read || (until >= closed && read.length)) return null;
    return joined([this.#arrivals.between(since, until), read]);
  }

  /** Users whose receipt is new, or was known before it was due. */
  #compare(told, since, until) {
    const found = [];
    for (let who = 0; who < told.length; who += 1) {
      const now = told[who];
      if (now !== this.#told[who]) {
        if (this.#s[who] <= since && now < this.#s[who]) return null; // S was seen to be first, and was not
        this.#told[who] = now;
        found.push(who);
      } else if (now > since && now <= until) {
        found.push(who);
      }
    }
    return found;
  }
}

/** Numbers 0, 1, ... sorted into bins by `instants`, seconds; those that never come are left out. */
function binned(instants) {
  const starts = new Uint32Array(BINS + 1);
  for (const seconds of instants) if (seconds < Infinity) starts[bin(seconds) + 1] += 1;
  for (let i = 0; i < BINS; i += 1) starts[i + 1] += starts[i];
  const next = starts.slice();
  const sorted = new Uint32Array(starts[BINS]);
  for (let who = 0; who < instants.length; who += 1) {
    if (instants[who] < Infinity) sorted[next[bin(instants[who])]++] = who;
  }
  return { between: (since, until) => sorted.subarray(starts[bin(since)], starts[bin(until) + 1]) };
}

/** What is earlier or later than all bins belongs to the first or the last. */
function bin(seconds) {
  return Math.min(BINS - 1, Math.max(0, Math.floor(seconds * PER_SECOND)));
}

function joined(parts) {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let from = 0;
  for (const part of parts) {
    whole.set(part, from);
    from += part.length;
  }
  return whole;
}
