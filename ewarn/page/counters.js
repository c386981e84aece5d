/** How people fare at the shown second: a row a state, a column a play, and the median lead time. */

import {medianLead} from "./standing.js";
import {onLanguage, t} from "./words.js";

const STATES = {"in-time": "in_time", late: "late", blind: "blind_zone", suppressed: "suppressed", missing: "missing", waiting: "waiting"};
const IF_ANY = ["suppressed", "missing"]; // rows that are shown where somebody is in them
const ROWS = [...Object.keys(STATES), "lead"];
const LEAD_EVERY_MS = 500;

/** A table whose numbers have the ids of STATES and lead, of the second play with `-2`. */
export class Counters {
  #table;
  #show;
  #last_ms = -Infinity;
  #lead_at = null; // second that the lead time was taken at
  #stale = true;

  constructor(table, show) {
    this.#table = table;
    this.#show = show;
    show.onChange((kind) => {
      if (kind === "scene" || kind === "play") this.#build();
      this.#stale = true;
    });
    onLanguage(() => this.#build());
  }

  /** The lead time is as it should be. */
  get settled() {
    return !this.#stale;
  }

  /** As it stands at `at` seconds after origin. */
  draw(at, now_ms) {
    this.#plays().forEach((_, play) => {
      const tally = this.#show.tally(play, at);
      for (const [id, state] of Object.entries(STATES)) this.#write(id, play, tally[state]);
    });
    for (const id of IF_ANY) this.#showRow(id);
    if (at !== this.#lead_at) this.#stale = true;
    if (!this.#stale || now_ms - this.#last_ms < LEAD_EVERY_MS) return;
    this.#stale = false;
    this.#last_ms = now_ms;
    this.#lead_at = at;
    this.#show.plays.forEach((run, play) => {
      const lead = medianLead(this.#show, run, at);
      this.#cell("lead", play).textContent = lead === null ? "–" : t("figure.seconds", lead.toFixed(1));
    });
  }

  #plays() {
    return this.#show.plays.length ? this.#show.plays : [null];
  }

  #write(id, play, count) {
    const cell = this.#cell(id, play);
    if (cell.dataset.value === String(count)) return;
    cell.dataset.value = count;
    cell.textContent = count.toLocaleString("en");
  }

  #showRow(id) {
    const row = this.#cell(id, 0).parentElement;
    row.hidden = [...row.querySelectorAll("td")].every((cell) => !Number(cell.dataset.value));
  }

  #cell(id, play) {
    return this.#table.querySelector(`#${nameOf(id, play)}`);
  }

  #build() {
    const plays = this.#plays();
    const rows = ROWS.map((id) => {
      const row = document.createElement("tr");
      row.append(named(id));
      row.append(...plays.map((_, play) => number(nameOf(id, play))));
      return row;
    });
    if (plays.length > 1) {
      const head = document.createElement("tr");
      head.append(document.createElement("td"), ...plays.map((run) => heading(t(`order.${run.order}`), "col", "")));
      rows.unshift(head);
    }
    this.#table.replaceChildren(...rows);
    this.#stale = true;
    this.#last_ms = -Infinity;
  }
}

function nameOf(id, play) {
  return play ? `${id}-${play + 1}` : id;
}

function number(id) {
  const cell = document.createElement("td");
  cell.id = id;
  cell.textContent = "–";
  return cell;
}

/** The head of a row: a fate, and what it means to who points at it. */
function named(id) {
  const state = STATES[id];
  const cell = heading(t(state ? `fate.${state}` : `counter.${id}`), "row", `of-${id}`);
  if (state) cell.title = t(`meaning.${state}`);
  return cell;
}

function heading(text, scope, name) {
  const cell = document.createElement("th");
  cell.scope = scope;
  cell.className = name;
  cell.textContent = text;
  return cell;
}
