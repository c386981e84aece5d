/** How fast the service may send: a slider of parts of what its promise needs, and the words for each. */

import {t} from "./words.js";

/** How many times as slow as its promise needs a service is, by name; 0: as the drill file has it. */
export const PARTS = {file: 0, whole: 1, half: 2, quarter: 4, tenth: 10, twentieth: 20, fiftieth: 50};

/** Messages a second of a part: the whole tells `users` in `promise_s`; null where the drill file says it. */
export function ratePerS(part, users, promise_s) {
  return PARTS[part] && users > 0 ? users / promise_s / PARTS[part] : null;
}

/** Which part so many messages a second are; undefined for another rate, and for none. */
export function partOf(rate_per_s, users, promise_s) {
  return Object.keys(PARTS).find((part) => Math.abs(ratePerS(part, users, promise_s) - rate_per_s) < 1e-6 * rate_per_s);
}

/** A speed in words: what t() takes, to be filled in elsewhere. */
export function rateWords(rate_per_s, users, promise_s) {
  if (!rate_per_s) return ["rate.free"];
  const [a_second, part] = [figure(rate_per_s), partOf(rate_per_s, users, promise_s)];
  return part ? ["rate.part", a_second, [`rate.of-${part}`]] : ["rate.plain", a_second];
}

function figure(value) {
  return value.toLocaleString("en", value < 100 ? {maximumSignificantDigits: 2} : {maximumFractionDigits: 0});
}

/** The slider within `root`, and what it says beside it. */
export class Rate {
  #slider;
  #said;
  #users = 0;
  #promise_s = 1;
  #of_file = null;

  constructor(root) {
    this.#slider = root.querySelector("#rate");
    this.#said = root.querySelector("#rate-said");
    this.#slider.max = Object.keys(PARTS).length - 1;
    this.#slider.addEventListener("input", () => this.speak());
  }

  /** What the demo offers: the promise in seconds, and the drill file's own rate or null. */
  offer(promise_s, rate_per_s) {
    [this.#promise_s, this.#of_file] = [promise_s, rate_per_s];
  }

  /** Of a drill of so many users. */
  setUsers(users) {
    this.#users = users;
    this.speak();
  }

  /** Chooses a part. */
  choose(part) {
    this.#slider.value = Object.keys(PARTS).indexOf(part);
    this.speak();
  }

  /** Chooses the part that is so large a share of what the promise needs. */
  chooseShare(share) {
    this.choose(Object.keys(PARTS).find((part) => Math.abs(PARTS[part] * share - 1) < 1e-6) ?? "file");
  }

  /** Messages a second; null: as the drill file has it. */
  get rate_per_s() {
    return ratePerS(Object.keys(PARTS)[this.#slider.value], this.#users, this.#promise_s);
  }

  /** Says it anew. */
  speak() {
    const words = t(...rateWords(this.rate_per_s ?? this.#of_file, this.#users, this.#promise_s));
    this.#said.textContent = words;
    this.#slider.title = t("rate.promise", this.#users.toLocaleString("en"), figure(this.#promise_s));
    this.#slider.setAttribute("aria-valuetext", words);
  }
}
