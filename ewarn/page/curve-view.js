/** The curve of people warned in time against seconds after origin, a line a play, beside those whom S has reached. */

import {arrivalsDue, arrivedBy, pathOf, reachedBy, warnedBy} from "./curve.js";
import {drawn, element} from "./elements.js";
import {onLanguage, t} from "./words.js";

const [WIDTH, HEIGHT] = [1000, 100]; // of the drawing, which is stretched to its box
const NOT_SOONER_MS = 500; // between two readings of the whole curve
const SPOKEN_EVERY_S = 5; // of the clock: a text alternative that changes each frame is none
const GRID_S = [10, 20, 30, 60, 120, 300];

/** Fills `box`; `length()` gives the seconds that are shown. */
export class CurveView {
  #box;
  #key;
  #svg;
  #show;
  #length;
  #drawn = {};
  #reached = {};
  #stale = true;
  #last_ms = -Infinity;
  #spoken = "";

  constructor(box, show, length) {
    [this.#box, this.#show, this.#length] = [box, show, length];
    box.replaceChildren(element("div", "curve-key"), plot());
    this.#key = box.firstChild;
    this.#svg = box.querySelector("svg");
    show.onChange(() => {
      this.#stale = true;
    });
    onLanguage(() => {
      this.#stale = true;
      this.#last_ms = -Infinity;
      this.#spoken = "";
    });
  }

  /** Nothing is left to draw. */
  get settled() {
    return !this.#stale;
  }

  /** As it stands at `at` seconds after origin; `now_ms` as performance.now() has it. */
  draw(at, now_ms) {
    this.#box.hidden = !this.#show.scene;
    if (this.#stale && now_ms - this.#last_ms >= NOT_SOONER_MS) this.#build(now_ms);
    const {lines = [], end_s} = this.#drawn;
    const x = Math.min(WIDTH, (WIDTH * at) / (end_s || 1));
    this.#svg.querySelector("rect").setAttribute("width", x);
    for (const name of ["x1", "x2"]) this.#svg.querySelector(".curve-clock").setAttribute(name, x);
    lines.forEach((line, index) => this.#write(index, line.at(at)));
    this.#speak(at);
  }

  #write(index, value) {
    const cell = this.#key.children[index]?.querySelector("b");
    if (!cell || cell.dataset.value === String(value)) return;
    cell.dataset.value = value;
    cell.textContent = value.toLocaleString("en");
  }

  #build(now_ms) {
    [this.#stale, this.#last_ms] = [false, now_ms];
    const [show, end_s] = [this.#show, this.#length()];
    const plays = show.plays.map((run, play) => ({
      name: show.plays.length > 1 ? t("curve.warned-by", [`order.${run.order}`]) : t("curve.warned"),
      kind: `of-play-${play}`,
      points: warnedBy(show, play, end_s),
      at: (at) => show.tally(play, at).in_time,
      over: Boolean(run.verdict),
    }));
    const {arrivals, points} = this.#reachedBy(end_s);
    const reached = {name: t("curve.reached"), kind: "of-s-wave", points, at: (at) => arrivedBy(arrivals, at), over: true};
    const lines = show.scene ? [...plays, reached] : [];
    this.#drawn = {lines, end_s};
    this.#key.replaceChildren(...lines.map(keyed));
    const most = show.users.due;
    const path = (line) => drawn("path", {class: line.kind, d: pathOf(line.points, most, WIDTH, HEIGHT), "data-last": line.points.at(-1)});
    // What is to come is pale: of a play that goes on, nothing is known of it.
    this.#svg.querySelector(".curve-whole").replaceChildren(...lines.filter((line) => line.over).map(path));
    this.#svg.querySelector(".curve-past").replaceChildren(...lines.map(path));
    this.#scale(end_s);
  }

  /** Half a million users are looked through once, not twice a second. */
  #reachedBy(end_s) {
    const {users} = this.#show;
    const of = this.#reached;
    if (of.users !== users || of.version !== users.version || of.end_s !== end_s) {
      const arrivals = arrivalsDue(users);
      this.#reached = {users, version: users.version, end_s, arrivals, points: reachedBy(arrivals, end_s)};
    }
    return this.#reached;
  }

  #scale(end_s) {
    const every = GRID_S.find((step) => end_s / step <= 8) ?? 600;
    const seconds = Array.from({length: Math.floor(end_s / every)}, (_, index) => (index + 1) * every).filter((s) => s < end_s * 0.97);
    const x = (s) => (WIDTH * s) / end_s;
    this.#svg.querySelector(".curve-grid").replaceChildren(...seconds.map((s) => drawn("line", {x1: x(s), x2: x(s), y1: 0, y2: HEIGHT})));
    const words = seconds.map((s) => {
      const word = element("span", "");
      word.textContent = t("figure.seconds", s);
      word.style.left = `${(100 * s) / end_s}%`;
      return word;
    });
    this.#box.querySelector(".curve-scale").replaceChildren(...words);
  }

  #speak(at) {
    const {lines = []} = this.#drawn;
    const spoken = `${Math.floor(at / SPOKEN_EVERY_S)} ${lines.map((line) => line.points.at(-1))} ${lines.length}`;
    if (spoken === this.#spoken) return;
    this.#spoken = spoken;
    const parts = lines.map((line, index) => `${line.name} ${this.#key.children[index].querySelector("b").textContent}`);
    this.#svg.setAttribute("aria-label", t("curve.label", at.toFixed(0), parts.join(", ") || "–"));
  }
}

function plot() {
  const box = element("div", "curve-plot");
  const svg = drawn("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img"});
  const clip = drawn("clipPath", {id: "curve-until"});
  clip.append(drawn("rect", {x: 0, y: -5, width: 0, height: HEIGHT + 10}));
  const past = drawn("g", {class: "curve-past", "clip-path": "url(#curve-until)"});
  svg.append(clip, drawn("g", {class: "curve-grid"}), drawn("g", {class: "curve-whole"}), past, drawn("line", {class: "curve-clock", x1: 0, x2: 0, y1: 0, y2: HEIGHT}));
  box.append(svg, element("div", "curve-scale"));
  box.lastChild.setAttribute("aria-hidden", "true");
  return box;
}

/** What a line is, and its number at the clock. */
function keyed({name, kind}) {
  const [item, mark, number] = [element("span", "curve-item"), drawn("svg", {class: "curve-mark", viewBox: "0 0 24 6", "aria-hidden": "true"}), element("b", "")];
  mark.append(drawn("path", {class: kind, d: "M0 3H24"}));
  item.append(mark, `${name} `, number);
  return item;
}
