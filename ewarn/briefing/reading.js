/** What a chart tells by hover, touch and arrow keys: the rows of the table behind it, each at its place of the picture. */

import {onLanguage, t} from "./words.js";

/** Of places (null: none), the index of the nearest to `at`; -1 where there is none. */
export function nearest(places, at) {
  let best = -1;
  places.forEach((place, index) => {
    if (place !== null && (best < 0 || Math.abs(place - at) < Math.abs(places[best] - at))) best = index;
  });
  return best;
}

/** Of places in any order, the index of the next that is farther (`step` 1) or nearer (-1); itself at the end. */
export function beside(places, index, step) {
  const order = places.map((_, i) => i).filter((i) => places[i] !== null);
  order.sort((a, b) => places[a] - places[b]);
  const at = order.indexOf(index) + step;
  return order[Math.max(0, Math.min(order.length - 1, at))];
}

const STEPS = {ArrowLeft: ["across", -1], ArrowRight: ["across", 1], ArrowUp: ["down", -1], ArrowDown: ["down", 1]};

/** One reading: a handle over an axis of the picture, a mark at the row that is read, and what it says. */
class Reading {
  #told;
  #rows;
  #heads;
  #caption;
  #plot;
  #handle = document.createElement("div");
  #mark = document.createElement("div");
  #column = document.createElement("div");
  #tip = document.createElement("div");
  #row = -1;
  #cell = -1;

  constructor(plot, told) {
    const table = document.getElementById(told.table);
    this.#told = told;
    this.#plot = plot;
    this.#rows = [...table.tBodies[0].rows];
    this.#heads = [...table.tHead.rows[0].cells];
    this.#caption = table.caption;
    this.#handle.className = "handle";
    this.#mark.className = "cross";
    this.#column.className = "cross";
    this.#tip.className = "tip";
    this.#tip.setAttribute("aria-hidden", "true"); // the slider says the same
    const [left, top, width, height] = told.box;
    place(this.#handle, { left, top, width, height });
    this.#handle.tabIndex = 0;
    this.#handle.setAttribute("role", "slider");
    this.#handle.setAttribute("aria-valuemin", "1");
    this.#handle.setAttribute("aria-valuemax", String(this.#count()));
    this.#rest();
    plot.append(this.#mark, this.#column, this.#tip, this.#handle);
    this.#listen();
    onLanguage(() => this.#speak());
  }

  #count() {
    return told(this.#told.at) * (this.#told.across ? told(this.#told.across) : 1);
  }

  #listen() {
    const handle = this.#handle;
    handle.addEventListener("pointermove", (event) => this.#point(event));
    handle.addEventListener("pointerdown", (event) => this.#point(event));
    handle.addEventListener("pointerleave", () => document.activeElement === handle || this.#rest());
    handle.addEventListener("focus", () => this.#row < 0 && this.#first());
    handle.addEventListener("blur", () => this.#rest());
    handle.addEventListener("keydown", (event) => this.#key(event));
  }

  #point(event) {
    const area = this.#plot.getBoundingClientRect();
    const x = (event.clientX - area.left) / area.width;
    const y = (event.clientY - area.top) / area.height;
    const { along, at, across, centre } = this.#told;
    const [x0, y0] = centre ?? [0, 0];
    const wide = area.width / area.height;
    const far = Math.hypot((x - x0) * wide, y - y0);
    this.#row = nearest(at, { x, y, cell: y, round: far }[along]);
    this.#cell = across ? nearest(across, x) : -1;
    this.#draw();
  }

  #key(event) {
    if (event.key === "Escape") this.#rest();
    const [way, step] = STEPS[event.key] ?? [];
    const ends = { Home: 0, End: Infinity }[event.key];
    if (way === undefined && ends === undefined) return;
    event.preventDefault();
    if (this.#row < 0) return this.#first();
    const { along, at, across } = this.#told;
    if (ends !== undefined) this.#row = nearest(at, ends ? 1e9 : -1e9);
    else if (across && way === "across") this.#cell = beside(across, this.#cell, step);
    else this.#row = beside(at, this.#row, along === "y" || along === "cell" || way === "across" ? step : -step);
    this.#draw();
  }

  #first() {
    this.#row = nearest(this.#told.at, -1e9);
    this.#cell = this.#told.across ? 0 : -1;
    this.#draw();
  }

  #rest() {
    this.#row = -1;
    for (const one of [this.#mark, this.#column, this.#tip]) one.hidden = true;
    this.#handle.setAttribute("aria-valuenow", "1");
    this.#handle.setAttribute("aria-valuetext", "");
  }

  /** In the language in force; the table has been filled in it before. */
  #speak() {
    this.#handle.setAttribute("aria-label", t("report.values", this.#caption.textContent));
    if (this.#row >= 0) this.#draw();
  }

  #draw() {
    const [head, ...cells] = [...this.#rows[this.#row].cells].map((cell) => cell.textContent);
    const [first, ...names] = this.#heads.map((cell) => cell.textContent);
    const lines = names.map((name, index) => [name, cells[index]]).filter((_, index) => this.#cell < 0 || index === this.#cell);
    this.#tip.replaceChildren(line(first, head, "b"), ...lines.map(([name, value]) => line(name, value, "span")));
    const said = [[first, head], ...lines].map(([name, value]) => `${name}: ${value}`).join("; ");
    const now = (this.#cell < 0 ? 0 : this.#cell * told(this.#told.at)) + this.#row + 1;
    this.#handle.setAttribute("aria-valuenow", String(Math.min(now, this.#count())));
    this.#handle.setAttribute("aria-valuetext", said);
    this.#lie();
  }

  /** Puts the marks where the row is, and the words beside them on the side that has room. */
  #lie() {
    const { along, at, across, box, centre } = this.#told;
    const [left, top, width, height] = box;
    const here = at[this.#row];
    const wide = this.#plot.clientWidth / this.#plot.clientHeight;
    const x = across ? across[this.#cell] : along === "x" ? here : along === "round" ? centre[0] + (here / wide) * 0.7 : left;
    this.#mark.classList.toggle("round", along === "round");
    if (along === "x") place(this.#mark, { left: here, top, width: 0, height });
    else if (along === "round") place(this.#mark, { left: centre[0] - here / wide, top: centre[1] - here, width: (2 * here) / wide, height: 2 * here });
    else place(this.#mark, { left, top: here, width, height: 0 });
    if (across) place(this.#column, { left: x, top, width: 0, height });
    this.#mark.hidden = false;
    this.#column.hidden = !across;
    this.#tip.hidden = false;
    const right = x > left + width / 2;
    const y = along === "x" ? top : Math.min(along === "round" ? centre[1] : here, 0.7);
    place(this.#tip, right ? { right: 1 - x, top: y } : { left: along === "y" ? left + width / 2 : x, top: y });
  }
}

function told(places) {
  return places.filter((one) => one !== null).length;
}

function place(element, shares) {
  for (const side of ["left", "right", "top", "width", "height"]) element.style[side] = side in shares ? `${100 * shares[side]}%` : "auto";
}

function line(name, value, kind) {
  const [row, words, figure] = ["div", "span", kind].map((tag) => document.createElement(tag));
  words.textContent = `${name} `;
  figure.textContent = value;
  row.append(words, figure);
  return row;
}

/** Has all charts of the page answer. */
export function readable() {
  for (const plot of document.querySelectorAll("[data-readings]")) {
    for (const one of JSON.parse(plot.dataset.readings)) if (told(one.at)) new Reading(plot, one);
    plot.parentElement.removeAttribute("tabindex"); // what is in it takes the focus, and scrolls it
  }
}
