/** Counts of users by state at any instant, kept as receipts come: two histograms over hundredths of a second. Pure. */

/** Bit of a user's level: nothing is due to him. */
export const NOTHING_DUE = 128;
/** Of a user's S arrival in hundredths of a second: later than a u16 holds. */
export const NEVER = 65535;

const BINS = 65536;

/** Users told in time by the hundredth they read in, and all others by the hundredth that S arrives in. */
export class Tally {
  #inTime = new Uint32Array(BINS);
  #missed = new Uint32Array(BINS);
  #inTimeUpTo = new Uint32Array(BINS);
  #missedUpTo = new Uint32Array(BINS);
  #due = 0;
  #stale = true;

  /** Counts everyone anew, from columns of users and their receipts in seconds. */
  rebuild(users, told) {
    this.#inTime.fill(0);
    this.#missed.fill(0);
    this.#due = 0;
    for (let who = 0; who < users.count; who += 1) {
      if (users.level[who] >= NOTHING_DUE) continue;
      this.#due += 1;
      this.#add(users.s[who], told[who], 1);
    }
  }

  /** One user's receipt is now `after` instead of `before`, seconds. */
  move(users, who, before, after) {
    if (users.level[who] >= NOTHING_DUE) return;
    this.#add(users.s[who], before, -1);
    this.#add(users.s[who], after, 1);
  }

  /** Counts at `t`, the first report being released at `release`, seconds after origin. */
  at(t, release) {
    if (this.#stale) this.#sum();
    const now = hundredth(t);
    const [inTime, missed] = now < 0 ? [0, 0] : [this.#inTimeUpTo[now], this.#missedUpTo[now]];
    const upTo = Math.min(now, hundredth(release));
    const blind = upTo < 0 ? 0 : this.#missedUpTo[upTo];
    return { waiting: this.#due - inTime - missed, inTime, late: missed - blind, blind };
  }

  #add(s, told, one) {
    const arrival = s === NEVER ? Infinity : s / 100;
    if (told < arrival) this.#inTime[nextHundredth(told)] += one;
    else this.#missed[s] += one;
    this.#stale = true;
  }

  #sum() {
    let inTime = 0;
    let missed = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      inTime += this.#inTime[bin];
      if (bin < NEVER) missed += this.#missed[bin];
      this.#inTimeUpTo[bin] = inTime;
      this.#missedUpTo[bin] = missed;
    }
    this.#stale = false;
  }
}

/** The last hundredth at or before `t`, as s / 100 rounds it, so that an arrival at `t` itself is counted. */
function hundredth(t) {
  const near = Math.min(NEVER, Math.round(t * 100));
  return near / 100 <= t ? near : near - 1;
}

/** The first hundredth at or after `t`. */
function nextHundredth(t) {
  const near = Math.min(NEVER, Math.max(0, Math.round(t * 100)));
  return near / 100 >= t ? near : Math.min(NEVER, near + 1);
}
