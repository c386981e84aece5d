/** What the order alone costs: people who are late in one play and not in the other, as one number. */

import {element} from "./elements.js";
import {onLanguage, t} from "./words.js";

/** {people, worse, late: [of play 0, of play 1]} at `at`; `worse` is the play in which more are late, null for neither. */
export function difference(show, at) {
  const late = [0, 1].map((play) => show.tally(play, at).late);
  const people = Math.abs(late[0] - late[1]);
  return {people, late, worse: people ? (late[0] > late[1] ? 0 : 1) : null};
}

/** A line that is there where two plays are. */
export class Difference {
  #box;
  #show;
  #said = "";

  constructor(box, show) {
    this.#box = box;
    this.#show = show;
    box.append(...["strong", "span", "small"].map((tag) => element(tag)));
    onLanguage(() => {
      this.#said = "";
    });
  }

  /** As it stands at `at` seconds after origin. */
  draw(at) {
    const plays = this.#show.plays;
    this.#box.hidden = plays.length < 2;
    if (this.#box.hidden) return;
    const found = difference(this.#show, at);
    const said = JSON.stringify(found);
    if (said === this.#said) return;
    this.#said = said;
    const [number, words, more] = this.#box.children;
    number.textContent = found.people.toLocaleString("en");
    number.dataset.value = found.people;
    const order = found.worse === null ? null : `turn.${plays[found.worse].order}`;
    words.textContent = order ? t("difference.lose", [order]) : t("difference.none");
    more.textContent = t("difference.late", ...plays.flatMap(({order: name}, play) => [[`turn.${name}`], found.late[play].toLocaleString("en")]));
  }
}
