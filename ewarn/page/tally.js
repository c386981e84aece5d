/** Counts of users by fate at any instant, kept as receipts come: histograms over hundredths of a second. Pure. */

/** Bit of a user's level: nothing is due to this user. */
export const NOTHING_DUE = 128;

const BINS = 65536;
const FUZZ = 1e-7; // blocks have instants in single precision, which puts some by such a share past their hundredth
const KINDS = ["late", "blind_zone", "suppressed"];

/** Users told in time by the hundredth they read in; all others by the hundredth that S arrives in, and why it was first. */
export class Tally {
  #inTime = new Histogram();
  // Of each kind, users who were told after S, and users who were never told.
  #told = KINDS.map(() => new Histogram());
  #untold = KINDS.map(() => new Histogram());
  #due = 0;
  #known = false;

  /** What was counted holds no longer: all is counted anew when it is next asked for. */
  forget() {
    this.#known = false;
  }

  /** One user's receipt is now `after`; `run.told` still has the one before, seconds. */
  move(users, run, who, after) {
    if (!this.#known || !run.due[who]) return;
    this.#add(users, run, who, run.told[who], -1);
    this.#add(users, run, who, after, 1);
  }

  /** Counts at `t`, seconds after origin, from columns of users and a play. */
  at(t, users, run) {
    if (!this.#known) this.#count(users, run);
    const over = t >= run.closed_s;
    const found = { in_time: this.#inTime.upTo(t) };
    KINDS.forEach((kind, index) => {
      found[kind] = this.#told[index].upTo(t) + (over ? 0 : this.#untold[index].upTo(t));
    });
    found.missing = over ? this.#untold.reduce((sum, one) => sum + one.all, 0) : 0;
    found.waiting = this.#due - Object.values(found).reduce((sum, count) => sum + count, 0);
    return found;
  }

  #count(users, run) {
    for (const one of [this.#inTime, ...this.#told, ...this.#untold]) one.clear();
    this.#due = 0;
    for (let who = 0; who < users.count; who += 1) {
      if (!run.due[who]) continue;
      this.#due += 1;
      this.#add(users, run, who, run.told[who], 1);
    }
    this.#known = true;
  }

  #add(users, run, who, told, one) {
    const arrival = users.s[who];
    if (told < arrival) return this.#inTime.add(told, one);
    const kind = arrival <= run.first_release_s ? 1 : arrival <= run.released[run.due[who]] ? 2 : 0;
    (told === Infinity ? this.#untold : this.#told)[kind].add(arrival, one);
  }
}

/** How many instants lie at or before another, to a hundredth of a second. */
class Histogram {
  all = 0;
  #bins = new Uint32Array(BINS);
  #sums = new Uint32Array(BINS);
  #stale = false;

  clear() {
    this.all = 0;
    this.#bins.fill(0);
    this.#stale = true;
  }

  add(seconds, one) {
    this.all += one;
    this.#bins[nextHundredth(seconds)] += one;
    this.#stale = true;
  }

  /** What lies beyond the last bin is never reached. */
  upTo(t) {
    if (this.#stale) this.#sum();
    const now = hundredth(t);
    return now < 0 ? 0 : this.#sums[Math.min(now, BINS - 2)];
  }

  #sum() {
    let sum = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      sum += this.#bins[bin];
      this.#sums[bin] = sum;
    }
    this.#stale = false;
  }
}

/** The last hundredth at or before `t`. */
function hundredth(t) {
  const near = Math.min(BINS - 1, Math.round(t * 100));
  return near / 100 <= t ? near : near - 1;
}

/** The first hundredth at or after `t`. */
function nextHundredth(t) {
  const near = Math.min(BINS - 1, Math.max(0, Math.round(t * 100)));
  return near / 100 >= t - FUZZ * Math.abs(t) ? near : Math.min(BINS - 1, near + 1);
}
