/** A screen in a lobby: nothing to press, what is on and what comes next, and full screen at the first press. */

import {inLanguage, onLanguage, setLanguage, t} from "./words.js";

const TICK_MS = 1000;
const IDLE_MS = 3000; // after which the cursor and the hint are hidden
const WAKES = ["pointermove", "pointerdown", "keydown"];

/** "1:05" of seconds, rounded up, so that a count-down ends on its last second. Pure. */
export function minutes(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Takes the place of the form within `root` where the server plays a list by itself. */
export class Kiosk {
  #root;
  #now;
  #list = null;
  #told_ms = 0;
  #doing = "idle";
  #turned = null; // the entry whose language the page was given
  #timers = [];

  constructor(root, now = () => performance.now()) {
    this.#root = root;
    this.#now = now;
    onLanguage(() => this.#speak());
  }

  /** A `hello`; returns whether a list plays. */
  take({kiosk = null}) {
    this.#root.body.classList.toggle("kiosk", kiosk !== null);
    this.#root.documentElement.classList.toggle("kiosk", kiosk !== null);
    if (kiosk !== null) this.#begin();
    return kiosk !== null;
  }

  /** Where the list stands. */
  told(message) {
    this.#list = message;
    this.#told_ms = this.#now();
    const {number, language} = message.now;
    if (language && this.#turned !== number) setLanguage(language, false);
    this.#turned = number;
    this.#speak();
  }

  /** How far the drill is. */
  state({state}) {
    this.#doing = state;
    this.#speak();
  }

  #begin() {
    if (this.#find("kiosk")) return;
    const bar = this.#make("footer", "kiosk");
    bar.append(...["kiosk-now", "kiosk-next", "kiosk-problem", "kiosk-hint"].map((id) => this.#make("p", id)), this.#find("feed-problem"));
    this.#find("kiosk-problem", bar).setAttribute("role", "alert");
    this.#find("main").after(bar);
    this.#find("controls").hidden = true;
    for (const kind of WAKES) this.#root.addEventListener(kind, () => this.#wake(), {passive: true});
    this.#root.addEventListener("keydown", (event) => event.key.toLowerCase() === "f" && this.#fill());
    this.#root.addEventListener("click", (event) => event.target.closest("button, a, input, select, summary") || this.#fill());
    this.#timers.push(setInterval(() => this.#count(), TICK_MS));
    this.#wake();
    this.#speak();
  }

  /** The whole screen, which a browser gives to a press alone; a refusal changes nothing. */
  #fill() {
    const {documentElement: page, fullscreenElement: full} = this.#root;
    if (!full) page.requestFullscreen?.().catch(() => {});
  }

  #wake() {
    this.#root.body.classList.remove("resting");
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.#root.body.classList.add("resting"), IDLE_MS);
  }

  #speak() {
    if (!this.#find("kiosk")) return;
    this.#find("kiosk-hint").textContent = t("kiosk.hint");
    if (!this.#list) return;
    const {now, entries, problem} = this.#list;
    this.#find("kiosk-now").textContent = t("kiosk.now", now.number, entries, titled(now), [`kiosk.${doing(this.#doing)}`]);
    this.#find("kiosk-problem").textContent = problem ? t("kiosk.skipped", problem.quake, problem.line) : "";
    this.#count();
  }

  /** The page counts on by itself between two words of the server. */
  #count() {
    if (!this.#list) return;
    const {next, next_in_s: left} = this.#list;
    const when = left === null ? ["kiosk.after"] : ["kiosk.in", minutes(left - (this.#now() - this.#told_ms) / 1000)];
    this.#find("kiosk-next").textContent = t("kiosk.next", titled(next), when);
  }

  #make(tag, id) {
    const element = this.#root.createElement(tag);
    element.id = id;
    return element;
  }

  #find(id, within = this.#root) {
    return within.querySelector(`#${id}`);
  }
}

/** The quake of an entry and what is shown of it, in words. */
function titled({quake, users, orders, rate_per_s: rate, fault}) {
  const parts = [inLanguage(quake.names), t("kiosk.users", users.toLocaleString("en"))];
  if (orders.length > 1) parts.push(t("kiosk.beside", ...orders.map((order) => [`order.${order}`])));
  if (rate !== null) parts.push(t("kiosk.rate", rate.toLocaleString("en")));
  if (fault !== "none") parts.push(t(`fault.${fault}`));
  return parts.join(" · ");
}

function doing(state) {
  return ["preparing", "connecting", "playing", "judging"].includes(state) ? state : "over";
}
