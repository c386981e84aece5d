/** What happened, in words above the map: the quake and the service, how it ended, and what the order alone made of it. */

import {Difference} from "./difference.js";
import {element} from "./elements.js";
import {rateWords} from "./rate.js";
import {isOver} from "./standing.js";
import {inLanguage, onLanguage, spelled, t} from "./words.js";

/** Fills the elements `what`, `headline` and `difference` within `root`; of a pair, the difference alone says what came of it. */
export class Story {
  #find;
  #show;
  #difference;
  #promise_s = 1;

  constructor(root, show) {
    this.#find = (id) => root.querySelector(`#${id}`);
    this.#show = show;
    this.#difference = new Difference(this.#find("difference"), show);
    show.onChange((kind) => ["scene", "users", "play", "verdict"].includes(kind) && this.speak());
    onLanguage(() => this.speak());
  }

  /** Of the demo: in how many seconds all users are promised to be told. */
  take({promise_s}) {
    this.#promise_s = promise_s ?? this.#promise_s;
  }

  /** As it stands at `at` seconds after origin; `shown` as `isOver` takes it. */
  draw(at, shown) {
    this.#difference.draw(at);
    const run = this.#show.plays.length === 1 ? this.#show.plays[0] : null;
    this.#find("headline").hidden = !run?.headline || !isOver(run, at, shown);
  }

  /** Says all of it anew. */
  speak() {
    const {scene, plays} = this.#show;
    const [quake, service] = scene ? this.#what(scene) : ["", t("story.before")];
    const strong = element("strong");
    strong.textContent = quake;
    this.#find("what").replaceChildren(strong, ` ${service}`);
    ended(this.#find("headline"), plays.length === 1 ? plays[0] : null);
  }

  /** The quake, and who is to be told of it how fast. */
  #what({quake, users, rate_per_s}) {
    const words = rate_per_s ? rateWords(rate_per_s, users, this.#promise_s) : ["rate.free"];
    const people = users.toLocaleString("en");
    return [t("story.quake", quake.magnitude.toFixed(1), inLanguage(quake.names)), t("story.service", people, words)];
  }
}

/** The headline of a play that is over, or nothing: marked where its measurement cannot be trusted. */
export function ended(box, run) {
  box.textContent = run?.headline ? spelled(run.headline) : "";
  box.classList.toggle("doubted", Boolean(run?.verdict?.harness?.untrusted?.length));
}
