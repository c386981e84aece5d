/** The legend: every mark of the map with its shape, its words and, for users, how many there are. */

import {drawn} from "./elements.js";
import {numeral} from "./intensity.js";
import {STATES} from "./show.js";
import {fill} from "./words.js";

const IF_ANY = ["suppressed", "missing"]; // shown where somebody is

/** Marks by word key: [token of the colour, filled or drawn as a line, path in a box of 20 x 14]. */
const MARKS = {
  "fate.waiting": ["waiting", "filled", "M8 7a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z"],
  "fate.in_time": ["in-time", "filled", "M6 7a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"],
  "fate.late": ["late", "filled", "M6 3h8v8h-8z"],
  "fate.blind_zone": ["blind", "line", "M10 2.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z"],
  "fate.suppressed": ["p-wave", "line", "M6 7a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"],
  "fate.missing": ["failed", "line", "M5 7h10M10 2v10"],
  "map.p": ["p-wave", "dashed", "M1 7h18"],
  "map.s": ["s-wave", "line", "M1 7h18"],
  "map.station": ["p-wave", "filled", "M10 3l4.5 8h-9z"],
  "map.epicentre": ["s-wave", "filled", "M10 1l1.6 4h4.4l-3.4 2.7l1.2 4.3l-3.8 -2.5l-3.8 2.5l1.2 -4.3l-3.4 -2.7h4.4z"],
  "map.town": ["ink", "line", "M7 4h6v6h-6z"],
  "map.estimate": ["ink", "line", "M6 3l8 8M6 11l8 -8"],
};

/** A list that says what the marks mean; `element` is to be put where it shall stand. */
export class Legend {
  #counts = {};
  #latest = null;
  #notes;
  #scale;

  constructor() {
    this.element = document.createElement("ul");
    this.element.className = "map-legend";
    this.element.setAttribute("role", "list"); // Safari forgets that a list without bullets is one
    this.element.dataset.tLabel = "map.legend";
    this.#scale = document.createElement("li");
    this.#scale.className = "scale";
    this.#scale.hidden = true;
    this.#notes = document.createElement("li");
    this.#notes.className = "notes";
    this.#notes.hidden = true;
    for (const [key, mark] of Object.entries(MARKS)) this.element.append(this.#item(key, mark));
    this.element.append(this.#scale, this.#notes);
  }

  /** Degrees of intensity that the map shows, each on its colour. */
  degrees(degrees) {
    this.#scale.hidden = !degrees.length;
    this.#scale.replaceChildren(word("map.shaking"), ...degrees.map(swatch));
    fill(this.#scale);
  }

  /** What must be known of every figure: words, each spelled as `data-t` has them. */
  note(notes) {
    this.#notes.hidden = !notes.length;
    this.#notes.replaceChildren(...notes.map(word));
    fill(this.#notes);
  }

  /** New counts, by STATES: written in the frame that draws them, so that they are those of the counters beside. */
  update(counts) {
    if (STATES.every((state) => counts[state] === this.#latest?.[state])) return;
    this.#latest = counts;
    for (const state of STATES) {
      const words = counts[state].toLocaleString("en");
      if (this.#counts[state].textContent !== words) this.#counts[state].textContent = words;
      if (IF_ANY.includes(state)) this.#counts[state].closest("li").hidden = !counts[state];
    }
  }

  #item(key, [token, style, path]) {
    const item = document.createElement("li");
    item.append(icon(token, style, path), word(key));
    const state = key.replace("fate.", "");
    if (!STATES.includes(state)) return item;
    item.hidden = IF_ANY.includes(state);
    this.#counts[state] = document.createElement("b");
    item.append(this.#counts[state]);
    return item;
  }
}

function word(key) {
  const span = document.createElement("span");
  span.dataset.t = key;
  return span;
}

function swatch(degree) {
  const one = document.createElement("span");
  one.className = `swatch shake-${Math.min(10, degree)}`;
  one.textContent = numeral(degree);
  return one;
}

function icon(token, style, path) {
  const svg = drawn("svg", {viewBox: "0 0 20 14", "aria-hidden": "true", class: `mark mark-${style} of-${token}`});
  svg.append(drawn("path", {d: path}));
  return svg;
}
