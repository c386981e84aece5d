/** The replay of a report: maps of one play or two, a clock, and what moves it. */

import {Show} from "./show.js";
import {QuakeMap} from "./map.js";
import {together} from "./map-together.js";
import {Player} from "./player.js";
import {readable} from "./reading.js";
import {languageSwitch, t} from "./words.js";

/** The bytes of a block that stands in base64. */
function bytes(text) {
  const binary = atob(text);
  const block = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) block[i] = binary.charCodeAt(i);
  return block;
}

function content(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

/** The last report that is out at a second, in words. */
function newest(play, at) {
  const out = play.reports.filter((report) => report.release_s <= at).at(-1);
  if (!out) return t("report.nothing-yet");
  return t("report.newest", out.number, [`status.${out.status}`], out.release_s.toFixed(2), out.magnitude.toFixed(1));
}

class Stage {
  constructor(show, index, outlines) {
    this.show = show;
    this.index = index;
    this.element = document.getElementById(`play-${index}`);
    this.map = new QuakeMap(this.element.querySelector(".map"), outlines);
    this.map.show(show, index);
    this.line = this.element.querySelector(".newest");
  }

  draw(at) {
    this.map.draw(at);
    const news = newest(this.show.plays[this.index], at);
    if (this.line.textContent !== news) this.line.textContent = news;
  }
}

function controls(player) {
  const [toggle, slider, speed, clock] = ["toggle", "second", "speed", "clock"].map((id) => document.getElementById(id));
  slider.max = String(player.end_s);
  toggle.addEventListener("click", () => (player.mode === "replay" ? player.pause() : player.play()));
  slider.addEventListener("input", () => player.seek(Number(slider.value)));
  speed.addEventListener("change", () => {
    player.speed = Number(speed.value);
  });
  return (at) => {
    const said = t("report.after-origin", at.toFixed(1));
    if (clock.textContent !== said) clock.textContent = said;
    const word = player.mode === "replay" ? t("report.pause") : t("report.play");
    if (toggle.textContent !== word) toggle.textContent = word;
    if (document.activeElement !== slider || player.mode === "replay") slider.value = String(at);
    slider.setAttribute("aria-valuetext", said);
  };
}

/** The button that turns light into dark and back. */
function theme(stages) {
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    const { dataset } = document.documentElement;
    const now = dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    dataset.theme = now === "dark" ? "light" : "dark";
    for (const stage of stages) stage.map.setTheme();
  });
}

/** Unfolds what is folded, so that paper has all of it. */
function unfold() {
  for (const folded of document.querySelectorAll("details")) folded.open = true;
}

function run() {
  addEventListener("beforeprint", unfold);
  const language = document.getElementById("language");
  language.hidden = false;
  languageSwitch(language);
  readable();
  const show = new Show();
  for (const message of content("show")) show.take(typeof message === "string" ? bytes(message) : message);
  const outlines = content("outlines");
  const stages = show.plays.map((_, index) => new Stage(show, index, outlines));
  together(stages.map(({ map }) => map));
  const player = new Player();
  player.end_s = content("end");
  const update = controls(player);
  player.seek(player.end_s);
  theme(stages);
  document.getElementById("replay-controls").hidden = false;
  const frame = () => {
    const at = player.clock();
    for (const stage of stages) stage.draw(at);
    update(at);
    requestAnimationFrame(frame);
  };
  frame();
}

run();
