/** Finished runs: the page of one, from which nothing starts; and on a demo's page, the link to the run that was just played. */

import {fill, onLanguage, t} from "./words.js";

const PATH = "/v1/stage";
const NAMED = "view"; // the run, in the address of a page and of its feed

/** Where the page's show comes from: the stage, or the finished run that the page's own address names. */
export function feedAddress({host, search} = location) {
  const run = new URLSearchParams(search).get(NAMED);
  return `ws://${host}${PATH}${run === null ? "" : query(run)}`;
}

function query(run) {
  return `?${new URLSearchParams({[NAMED]: run})}`;
}

/** Takes the place of the form within `root` where a finished run is viewed; else it offers links below the form. */
export class Viewing {
  #root;
  #player;
  #viewed = null;
  #run = null;
  #failed = "";
  #left = null; // where the clock stood as the connection was lost

  constructor(root, player) {
    this.#root = root;
    this.#player = player;
    onLanguage(() => this.#speak());
  }

  /** Whether a finished run is viewed. */
  get on() {
    return this.#viewed !== null;
  }

  /** A `hello`; returns whether it is about a finished run. */
  take({viewing = null}) {
    this.#viewed = viewing;
    this.#root.body.classList.toggle("viewing", this.on);
    if (this.on) this.#replaceForm();
    this.#speak();
    return this.on;
  }

  /** How far the drill is: of a finished run, whether it could be read. */
  state({state, line}) {
    this.#failed = state === "failed" ? line : "";
    this.#speak();
  }

  /** The run that was just played can be viewed. */
  offer(run) {
    this.#run = run;
    this.#speak();
  }

  /** Another drill has begun. */
  forget() {
    this.#run = null;
    this.#speak();
  }

  /** The connection is lost; when it is back, the clock goes on where it stood. */
  lost() {
    if (this.on && this.#player.end_s > 0) this.#left ??= {s: this.#player.clock(), mode: this.#player.mode};
  }

  /** All is there. It plays once from the origin; where less motion is wanted, its end is shown. */
  begin() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const {s, mode} = this.#left ?? {s: still ? this.#player.end_s : 0, mode: still ? "paused" : "replay"};
    this.#left = null;
    this.#player.seek(s);
    if (mode === "replay") this.#player.play();
  }

  #replaceForm() {
    const form = this.#root.querySelector("#controls");
    form.hidden = true;
    if (this.#find("viewing")) return;
    const box = this.#root.createElement("section");
    box.id = "viewing";
    box.setAttribute("aria-labelledby", "viewing-heading");
    box.append(this.#worded("h2", "viewing.heading"), this.#make("p", "viewing-name"), this.#worded("p", "viewing.nothing"), this.#make("p", "viewing-problem"));
    box.firstChild.id = "viewing-heading";
    box.lastChild.setAttribute("role", "alert");
    box.append(this.#find("feed-problem"), this.#make("nav", "viewing-others"));
    form.before(box);
    fill(box);
  }

  #speak() {
    if (this.on) this.#sayViewed();
    else this.#sayLink();
  }

  #sayViewed() {
    const {name, runs} = this.#viewed;
    this.#find("viewing-name").textContent = t("viewing.name", name);
    this.#find("viewing-problem").textContent = this.#failed && t("state.failed", this.#failed);
    const others = this.#find("viewing-others");
    others.hidden = runs.length < 2;
    others.setAttribute("aria-label", t("viewing.others"));
    others.replaceChildren(...runs.map((run) => this.#link(run, run, run === name)));
  }

  #sayLink() {
    this.#find("view-link")?.remove();
    if (this.#run === null) return;
    const line = this.#make("p", "view-link");
    line.className = "wide";
    line.append(this.#link(this.#run, t("viewing.open")));
    this.#root.querySelector("#controls").append(line);
  }

  #link(run, text, current = false) {
    const link = this.#root.createElement("a");
    link.href = `/${query(run)}`;
    link.textContent = text;
    if (current) link.setAttribute("aria-current", "page");
    else if (!this.on) Object.assign(link, {target: "_blank", rel: "noopener"});
    return link;
  }

  #worded(tag, key) {
    const element = this.#root.createElement(tag);
    element.dataset.t = key;
    return element;
  }

  #make(tag, id) {
    const element = this.#root.createElement(tag);
    element.id = id;
    return element;
  }

  #find(id) {
    return this.#root.querySelector(`#${id}`);
  }
}
