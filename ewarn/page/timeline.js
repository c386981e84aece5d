/** The clock from origin, and what moves it: replay, live, speed, scrubbing, and the keys for them. */

import {onLanguage, spelled, t} from "./words.js";

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10];
const SHOWN_S = 60; // the scale is at least so long
const BEYOND_S = 30; // how far past the last that is known one may look: waves go on

/** Wires the elements within `root` to a Player. */
export class Timeline {
  #root;
  #player;
  #show;
  #marked = "";
  #drawn = "";
  #on = false;

  constructor(root, player, show) {
    this.#root = root;
    this.#player = player;
    this.#show = show;
    this.#find("speed").replaceChildren(...SPEEDS.map((speed) => new Option(`${speed}×`, speed, speed === 1, speed === 1)));
    this.#find("play").addEventListener("click", () => this.#toggle());
    this.#find("live").addEventListener("click", () => player.goLive());
    this.#find("scrub").addEventListener("input", (event) => player.seek(Number(event.target.value)));
    this.#find("speed").addEventListener("change", (event) => {
      player.speed = Number(event.target.value);
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    player.onChange(() => {
      this.#speak();
      this.draw(player.clock()); // numbers follow a key at once, even where a frame of the map takes long
    });
    show.onChange((kind) => ["scene", "play", "report", "happened"].includes(kind) && this.#mark());
    onLanguage(() => {
      this.#speak();
      this.#marked = "";
      this.#mark();
    });
  }

  /** Whether there is something live to follow. */
  setLive(on) {
    if (on === this.#on) return;
    this.#on = on;
    this.#speak();
  }

  /** As it stands at `at` seconds after origin. */
  draw(at) {
    const text = `${at.toFixed(1)} s`;
    if (text === this.#drawn) return;
    this.#drawn = text;
    this.#find("clock").textContent = text;
    const scrub = this.#find("scrub");
    scrub.setAttribute("aria-valuetext", text);
    if (document.activeElement !== scrub || this.#player.mode !== "paused") scrub.value = at;
  }

  /** Seconds that a replay plays. */
  get length_s() {
    return this.#end();
  }

  #end() {
    const last = Math.max(0, ...(this.#show?.plays ?? []).flatMap((run) => run.reports.map((report) => report.release_s)));
    return Math.max(SHOWN_S, last + BEYOND_S);
  }

  #mark() {
    const plays = this.#show?.plays ?? [];
    const reports = plays.flatMap((run, play) => run.reports.map((report) => [play, report.release_s]));
    const happened = plays.flatMap((run, play) => run.happened.map(({at_s, words}) => [play, at_s, words]));
    const marked = JSON.stringify([reports, happened, this.#end()]);
    if (marked === this.#marked) return;
    this.#marked = marked;
    this.#find("scrub").max = this.#end();
    this.#find("marks").replaceChildren(
      ...reports.map(([play, release_s]) => this.#markAt(release_s, `of-play-${play}`)),
      ...happened.map(([play, at_s, words]) => {
        const mark = this.#markAt(at_s, `happened of-play-${play}`);
        mark.title = t("happened.line", at_s.toFixed(2), spelled(words));
        return mark;
      }),
    );
  }

  #markAt(at_s, kind) {
    const mark = document.createElement("i");
    mark.className = kind;
    mark.style.left = `${(100 * at_s) / this.#end()}%`;
    return mark;
  }

  #toggle() {
    if (this.#player.mode === "paused") this.#player.play();
    else this.#player.pause();
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    // What has keys of its own keeps them.
    if (event.target.closest("input, select, textarea, button, a, summary, [role=application], .scroll, .phone-box")) return;
    const acts = {
      " ": () => this.#toggle(),
      ArrowLeft: () => this.#player.seek(this.#player.clock() - 1),
      ArrowRight: () => this.#player.seek(this.#player.clock() + 1),
      l: () => this.#player.goLive(),
      L: () => this.#player.goLive(),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  #speak() {
    this.#find("play").textContent = t(this.#player.mode === "paused" ? "shell.play" : "shell.pause");
    const [live, {mode, speed}] = [this.#find("live"), this.#player];
    live.setAttribute("aria-pressed", String(mode === "live"));
    live.disabled = !this.#on;
    this.#find("mode").textContent = t(`mode.${mode}`, speed);
    this.#find("mode").dataset.mode = mode;
  }

  #find(id) {
    return this.#root.querySelector(`#${id}`);
  }
}
