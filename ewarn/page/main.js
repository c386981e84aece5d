/** The page: wires the show's feed to map, gauges, timeline and phone. */

import {Controls} from "./controls.js";
import {openFeed} from "./feed.js";
import {frameBench} from "./frame-bench.js";
import {Gauges} from "./gauges.js";
import {QuakeMap} from "./map.js";
import {mountPhone} from "./phone-view.js";
import {Player} from "./player.js";
import {drawReports, drawVerdicts, say} from "./reports.js";
import "./shell-words.js";
import {Show} from "./show.js";
import {themeSwitch} from "./theme.js";
import {Timeline} from "./timeline.js";
import {fill, languageInForce, onLanguage, setLanguage, t} from "./words.js";

const find = (id) => document.getElementById(id);
const BENCHED = Number(new URLSearchParams(location.search).get("bench"));

class Stage {
  constructor(outlines) {
    this.outlines = outlines;
    this.show = new Show();
    this.player = new Player(() => performance.now());
    this.controls = new Controls(document);
    this.gauges = new Gauges(find("gauges"), find("counters"));
    this.timeline = new Timeline(document, this.player);
    this.phone = mountPhone(find("phone"), {});
    this.maps = [];
    this.phone.onHome((place) => this.maps.forEach((map) => map.marker(place)));
    this.gauges.show(this.show);
    this.timeline.show(this.show);
    this.#setMaps(1);
    this.show.onChange((kind) => this.#changed(kind));
    themeSwitch(find("theme"), () => this.maps.forEach((map) => map.setTheme()));
    onLanguage(() => this.#speak());
    requestAnimationFrame((now) => this.#frame(now));
  }

  /** A message of the feed. */
  take(message) {
    if (message instanceof ArrayBuffer) return this.show.take(message);
    const acts = {
      hello: () => this.controls.take(message),
      state: () => this.#state(message),
      clock: () => this.player.live(message.after_s),
      say: () => say(find("said"), message.line),
    };
    return acts[message.type] ? acts[message.type]() : this.show.take(message);
  }

  #state(message) {
    this.controls.state(message);
    document.body.dataset.state = message.state;
    this.phone.setAlerts(message.alerts);
    if (message.state === "done") this.#over();
  }

  /** Two plays are seen side by side as soon as both are over. */
  #over() {
    this.player.live(null);
    this.player.end_s = this.timeline.length_s;
    if (this.show.plays.length < 2 || this.replayed === this.show.scene) return;
    this.replayed = this.show.scene;
    this.player.seek(0);
    this.player.play();
  }

  #changed(kind) {
    if (kind === "scene") {
      find("said").replaceChildren();
      this.player.live(null);
      this.player.seek(0);
      this.player.goLive();
      this.#setMaps(1);
    }
    if (kind === "play") this.#setMaps(this.show.plays.length);
    if (["scene", "play", "report", "count"].includes(kind)) drawReports(find("reports"), this.show);
    if (["scene", "verdict"].includes(kind)) drawVerdicts(find("verdict"), this.show);
  }

  #setMaps(count) {
    const box = find("maps");
    while (this.maps.length > count) {
      this.maps.pop();
      box.lastChild.remove();
    }
    while (this.maps.length < count) {
      const place = document.createElement("div");
      place.className = "map-place";
      place.append(document.createElement("h2"), document.createElement("div"));
      box.append(place);
      const map = new QuakeMap(place.lastChild, this.outlines);
      map.onPick((picked) => this.phone.goTo(picked));
      map.marker(this.phone.places.home);
      this.maps.push(map);
    }
    box.dataset.maps = count;
    this.maps.forEach((map, play) => map.show(this.show, play));
    this.#title();
  }

  #title() {
    const several = this.maps.length > 1;
    document.querySelectorAll("#maps h2").forEach((title, play) => {
      const order = this.show.plays[play]?.order;
      title.textContent = order ? t("map.of-order", order) : "";
      title.hidden = !several;
    });
  }

  #frame(now) {
    requestAnimationFrame((next) => this.#frame(next));
    const at = this.player.clock();
    this.maps.forEach((map) => map.draw(at));
    this.timeline.draw(at);
    this.gauges.draw(at, now);
  }

  #speak() {
    document.documentElement.lang = languageInForce() === "zh" ? "zh-CN" : "en";
    document.title = `${t("shell.title")} · DRILL 演练`;
    find("language").textContent = t("shell.language");
    fill(document);
    drawReports(find("reports"), this.show);
    drawVerdicts(find("verdict"), this.show);
    this.#title();
  }
}

async function begin() {
  const outlines = await (await fetch("outlines.json")).json();
  find("language").addEventListener("click", () => setLanguage(languageInForce() === "en" ? "zh" : "en"));
  if (BENCHED > 0) return bench(outlines);
  const stage = new Stage(outlines);
  openFeed(`ws://${location.host}/v1/stage`, {
    onMessage: (message) => stage.take(message),
    onState: (state, why) => {
      stage.controls.complain(state === "lost" ? t("shell.lost") : state === "garbled" ? why : "");
    },
  });
  return stage;
}

/** The page's own benchmark instead of a drill: `?bench=500000`. */
async function bench(outlines) {
  const figures = document.createElement("pre");
  figures.id = "bench";
  find("main").replaceChildren(figures);
  const measured = await frameBench(find("main"), BENCHED, outlines);
  figures.textContent = JSON.stringify(measured);
}

begin();
