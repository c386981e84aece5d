/** The three promises as they stand, and how people fare: live from the show, in the end from the verdict. */

import {arrivalSeconds} from "./show.js";
import {NOTHING_DUE} from "./tally.js";
import {onLanguage, t} from "./words.js";

const LIMITS = {first: 15, delivery: 1, epicentre: 0.3};
const CHECKS = {first: "first_report", delivery: "delivery", epicentre: "epicentre"};
const NEAR_KM = 50;
const KM_A_DEGREE = 111.19;
const COUNTERS = {"in-time": "inTime", late: "late", blind: "blind", waiting: "waiting"};
const NOT_SOONER_MS = 500; // between two passes over all users

/** Of one play: {first, delivery, epicentre} in seconds as far as they are known, null where not yet. Pure. */
export function measured(show, run) {
  const release = run.first_release_s;
  if (!Number.isFinite(release)) return {first: null, delivery: null, epicentre: null};
  const near = [];
  let last = 0;
  for (let user = 0; user < show.users.count; user += 1) {
    const took = run.told[user] - release;
    if (took > last && took !== Infinity) last = took;
    if (isNear(show, user) && arrivalSeconds(show.users.s[user]) > release) near.push(took);
  }
  near.sort((a, b) => a - b);
  const p99 = near.length ? near[Math.ceil(0.99 * near.length) - 1] : null;
  return {first: release, delivery: last || null, epicentre: Number.isFinite(p99) ? p99 : null};
}

/** Median seconds from receipt to S over those who were told, null for none; of many, a sample. Pure. */
export function medianLead(show, run) {
  const step = Math.max(1, Math.floor(show.users.count / 20000));
  const leads = [];
  for (let user = 0; user < show.users.count; user += step) {
    const lead = arrivalSeconds(show.users.s[user]) - run.told[user];
    if (Number.isFinite(lead)) leads.push(lead);
  }
  leads.sort((a, b) => a - b);
  return leads.length ? leads[leads.length >> 1] : null;
}

function isNear({users, scene}, user) {
  if (users.level[user] >= NOTHING_DUE) return false;
  const [west, south, east, north] = scene.box;
  const latitude = south + (users.y[user] / 65535) * (north - south);
  const longitude = west + (users.x[user] / 65535) * (east - west);
  const up = (latitude - scene.quake.latitude) * KM_A_DEGREE;
  const right = (longitude - scene.quake.longitude) * KM_A_DEGREE * Math.cos((latitude * Math.PI) / 180);
  return up * up + right * right <= NEAR_KM * NEAR_KM;
}

/** The list of gauges and the counters; one column of numbers a play. */
export class Gauges {
  #list;
  #counters;
  #show = null;
  #last_ms = -Infinity;
  #stale = true;

  constructor(list, counters) {
    this.#list = list;
    this.#counters = counters;
    onLanguage(() => {
      this.#stale = true;
      this.#last_ms = -Infinity;
    });
  }

  /** Follows this show. */
  show(show) {
    this.#show = show;
    show.onChange(() => {
      this.#stale = true;
    });
  }

  /** As it stands at `at` seconds after origin. */
  draw(at, now_ms) {
    if (!this.#show) return;
    this.#count(at);
    if (!this.#stale || now_ms - this.#last_ms < NOT_SOONER_MS) return;
    this.#stale = false;
    this.#last_ms = now_ms;
    const plays = this.#show.plays.filter((run) => run);
    const found = plays.map((run) => measured(this.#show, run));
    this.#list.replaceChildren(...Object.keys(LIMITS).map((name) => gauge(name, plays, found)));
    this.#lead(plays);
  }

  #count(at) {
    const tallies = this.#show.plays.length ? this.#show.plays.map((_, play) => this.#show.tally(play, at)) : [this.#show.tally(0, at)];
    for (const [id, state] of Object.entries(COUNTERS)) {
      const row = this.#row(id, `counter.${id}`, tallies.length);
      tallies.forEach((tally, play) => {
        const cell = row[play];
        if (cell.dataset.value === String(tally[state])) return;
        cell.dataset.value = tally[state];
        cell.textContent = tally[state].toLocaleString("en");
      });
    }
  }

  #lead(plays) {
    const row = this.#row("lead", "counter.lead", Math.max(1, plays.length));
    plays.forEach((run, play) => {
      const lead = medianLead(this.#show, run);
      row[play].textContent = lead === null ? "–" : `${lead.toFixed(1)} s`;
    });
  }

  /** The cells of a counter, one a play; the first has the counter's id. */
  #row(id, key, plays) {
    let term = this.#counters.querySelector(`[data-counter="${id}"]`);
    if (!term) {
      term = document.createElement("dt");
      term.dataset.counter = id;
      term.className = `of-${id}`;
      this.#counters.append(term);
    }
    if (term.textContent !== t(key)) term.textContent = t(key);
    const cells = [...this.#counters.querySelectorAll(`[data-of="${id}"]`)];
    while (cells.length > plays) cells.pop().remove();
    while (cells.length < plays) {
      const cell = document.createElement("dd");
      cell.dataset.of = id;
      cell.id = cells.length ? `${id}-2` : id;
      (cells.at(-1) ?? term).after(cell);
      cells.push(cell);
    }
    this.#counters.style.setProperty("--plays", plays);
    return cells;
  }
}

function gauge(name, plays, found) {
  const item = document.createElement("li");
  const title = document.createElement("span");
  title.textContent = t(`gauge.${name}`);
  item.append(title);
  (plays.length ? plays : [null]).forEach((run, play) => item.append(reading(name, run, found[play]?.[name] ?? null)));
  return item;
}

function reading(name, run, live_s) {
  const check = run?.verdict?.checks.find((one) => one.name === CHECKS[name]);
  const value = check ? check.measured : live_s;
  const limit = check?.limit ?? LIMITS[name];
  const box = document.createElement("span");
  box.className = "reading";
  const bar = document.createElement("meter");
  [bar.min, bar.max, bar.high, bar.value] = [0, limit * 1.25, limit, value ?? 0];
  bar.setAttribute("aria-label", t(`gauge.${name}`));
  const text = document.createElement("b");
  text.textContent = value === null ? t("gauge.first-soon") : t("gauge.of", value < 10 ? value.toFixed(2) : value.toFixed(1), limit);
  const word = document.createElement("span");
  word.className = check?.passed === false ? "failed" : check?.passed === true ? "kept" : "open";
  word.textContent = check ? saidOf(check) : value === null ? "" : t("verdict.running");
  box.append(bar, text, word);
  return box;
}

/** What a check of a verdict comes to, in words. */
export function saidOf(check) {
  if (check.passed === true) return t("verdict.kept");
  if (check.passed === false) return t("verdict.failed");
  if (check.users !== undefined && !check.note?.startsWith("not shown")) {
    return t("verdict.within", check.users.toLocaleString("en"), check.promised_users.toLocaleString("en"));
  }
  return t("verdict.not-shown");
}
