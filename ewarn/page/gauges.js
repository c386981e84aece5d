/** The promises as gauges: live from the show's receipts, in the end from its verdict; of reach, where that failed. */

import {besideLimit, percent} from "./figures.js";
import {nearUsers, standing} from "./standing.js";
import {onLanguage, t, told} from "./words.js";

const LIMITS = {first: 15, delivery: 1, epicentre: 0.3}; // seconds; a verdict's own limit goes before
const CHECKS = {first: "first_report", delivery: "delivery", epicentre: "epicentre", reach: "reach"};
const ROOM = 1.25; // how much of its limit a bar has room for
const NOT_SOONER_MS = 500; // between two passes over all users

/** A list of gauges, each with a reading a play. */
export class Gauges {
  #list;
  #show;
  #near = [];
  #last_ms = -Infinity;
  #stale = true;

  constructor(list, show) {
    this.#list = list;
    this.#show = show;
    show.onChange((kind) => {
      if (kind === "scene" || kind === "users") this.#near = null;
      this.#stale = true;
    });
    onLanguage(() => {
      this.#stale = true;
      this.#last_ms = -Infinity;
    });
  }

  /** Nothing is left to draw. */
  get settled() {
    return !this.#stale;
  }

  /** Draws what changed, at most twice a second; `now_ms` as performance.now() has it. */
  draw(now_ms) {
    if (!this.#stale || now_ms - this.#last_ms < NOT_SOONER_MS) return;
    this.#stale = false;
    this.#last_ms = now_ms;
    this.#near ??= nearUsers(this.#show);
    const plays = this.#show.plays.filter((run) => run);
    const found = plays.map((run) => standing(this.#show, run, this.#near));
    this.#list.dataset.plays = Math.max(1, plays.length);
    const shown = Object.keys(CHECKS).filter((name) => name in LIMITS || plays.some((run) => checkOf(run, name)?.passed === false));
    this.#list.replaceChildren(...shown.map((name) => gauge(name, plays, found)));
  }
}

function checkOf(run, name) {
  return run?.verdict?.checks.find((one) => one.name === CHECKS[name]);
}

function gauge(name, plays, found) {
  const item = document.createElement("li");
  item.append(span("gauge-name", t(`gauge.${name}`)));
  if (!plays.length) item.append(reading(name, null, null, ""));
  plays.forEach((run, play) => item.append(reading(name, run, found[play][name], plays.length > 1 ? t(`order.${run.order}`) : "")));
  return item;
}

function reading(name, run, live_s, order) {
  const check = checkOf(run, name);
  const value = check ? check.measured : (live_s ?? null);
  const limit = check?.limit ?? LIMITS[name];
  const failed = check?.passed === false;
  const text = valueText(check, value, limit);
  // Of a failure, the value beside it says how many were in time where that is all there is to say.
  const word = failed ? t("verdict.failed") : check ? saidOf(check) : live_s === null ? "" : t(live_s > limit ? "gauge.over" : "verdict.running");
  const box = span("reading", "");
  if (check?.note) box.title = told(check.note, run.verdict.said);
  box.append(bar(failed ? Infinity : value, limit, [t(`gauge.${name}`), order, text, word].filter((part) => part).join(", ")));
  box.dataset.state = check ? classOfCheck(check) : "live";
  box.append(span("reading-value", text), span(classOf(check, live_s > limit), word));
  if (order) box.prepend(span("reading-order", order));
  return box;
}

/** What was measured, of its limit; where some never read at all, how many had within it. */
function valueText(check, value, limit) {
  if (value !== null) return check?.unit === "share" ? t("gauge.share", percent(value), percent(limit)) : t("gauge.of", besideLimit(value, limit, 2), limit);
  if (check?.passed !== false) return t("gauge.to-come", limit);
  if (check.landed === undefined) return t("gauge.never", limit);
  return t("gauge.landed", check.landed.toLocaleString("en"), check.users.toLocaleString("en"), limit);
}

/** How much of its limit, and past it; the limit is a line across. */
function bar(value, limit, said) {
  const box = span("bar", "");
  box.setAttribute("role", "meter");
  box.setAttribute("aria-label", said);
  box.setAttribute("aria-valuemin", 0);
  box.setAttribute("aria-valuemax", limit * ROOM);
  box.setAttribute("aria-valuenow", Math.min(limit * ROOM, value ?? 0));
  const filled = span(value > limit ? "bar-filled over" : "bar-filled", "");
  filled.style.width = `${Math.min(100, (100 * (value ?? 0)) / (limit * ROOM))}%`;
  const line = span("bar-limit", "");
  line.style.left = `${100 / ROOM}%`;
  box.append(filled, line);
  return box;
}

function classOf(check, over) {
  if (!check) return over ? "failed" : "open";
  return classOfCheck(check);
}

/** kept, failed or open: neither. */
export function classOfCheck(check) {
  return check.passed === true ? "kept" : check.passed === false ? "failed" : "open";
}

/** What a check of a verdict comes to, in words. */
export function saidOf(check) {
  if (check.passed === true) return t("verdict.kept");
  if (check.passed === false && check.landed !== undefined) {
    return t("verdict.failed-landed", check.landed.toLocaleString("en"), check.users.toLocaleString("en"));
  }
  if (check.passed === false) return t("verdict.failed");
  if (check.users !== undefined && !check.note?.startsWith("not shown")) {
    return t("verdict.within", check.users.toLocaleString("en"), check.promised_users.toLocaleString("en"));
  }
  return t("verdict.not-shown");
}

function span(name, text) {
  const made = document.createElement("span");
  made.className = name;
  made.textContent = text;
  return made;
}
