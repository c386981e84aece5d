/** How people fare at the shown second: a row a state, a column a play; and the median lead time, once a play is over. */

import {isOver} from "./standing.js";
import {onLanguage, t} from "./words.js";

const STATES = {"in-time": "in_time", late: "late", blind: "blind_zone", suppressed: "suppressed", missing: "missing", waiting: "waiting"};
const IF_ANY = ["suppressed", "missing"]; // rows that are shown where somebody is in them
const ROWS = [...Object.keys(STATES), "lead"];

/** A table whose numbers have the ids of STATES and lead, of the second play with `-2`. */
export class Counters {
  #table;
  #show;

  constructor(table, show) {
    this.#table = table;
    this.#show = show;
    show.onChange((kind) => ["scene", "play"].includes(kind) && this.#build());
    onLanguage(() => this.#build());
  }

  /** As it stands at `at` seconds after origin; `shown` as `isOver` takes it. */
  draw(at, shown) {
    this.#plays().forEach((run, play) => {
      const tally = this.#show.tally(play, at);
      for (const [id, state] of Object.entries(STATES)) this.#write(id, play, tally[state], tally[state].toLocaleString("en"));
      // Of those who were told first alone it would be misleading: an order that tells the farthest first would shine.
      const lead = isOver(run, at, shown) ? run.verdict.warned.lead_s.p50 : null;
      this.#write("lead", play, lead ?? "", lead === null ? "–" : t("figure.seconds", lead.toFixed(1)));
    });
    for (const id of IF_ANY) this.#showRow(id);
  }

  #plays() {
    return this.#show.plays.length ? this.#show.plays : [null];
  }

  #write(id, play, value, words) {
    const cell = this.#cell(id, play);
    if (cell.dataset.value === String(value)) return;
    cell.dataset.value = value;
    cell.textContent = words;
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
