/** The page: wires the show's feed to map, gauges, timeline and phone. */

import {Controls} from "./controls.js";
import {Counters} from "./counters.js";
import {CurveView} from "./curve-view.js";
import {EstimatesView} from "./estimates-view.js";
import {openFeed} from "./feed.js";
import {frameBench} from "./frame-bench.js";
import {Gauges} from "./gauges.js";
import {Kiosk} from "./kiosk.js";
import {QuakeMap} from "./map.js";
import {LoadPanel} from "./load.js";
import {together} from "./map-together.js";
import {mountPhone} from "./phone-view.js";
import {Player} from "./player.js";
import {drawReports, drawVerdicts, say} from "./reports.js";
import {Show} from "./show.js";
import {Story} from "./story.js";
import {element} from "./elements.js";
import {Tabs} from "./tabs.js";
import {themeSwitch} from "./theme.js";
import {Timeline} from "./timeline.js";
import {feedAddress, Viewing} from "./viewing.js";
import {languageSwitch, nameQuakes, onLanguage, t} from "./words.js";

const find = (id) => document.getElementById(id);
const QUIET = ["idle", "done", "failed"]; // states in which what was said belongs to a drill that is over
const LEAD_IN_S = 3; // a replay of two plays begins so long before the first report: until then they are the same
const BENCHED = Number(new URLSearchParams(location.search).get("bench"));

class Stage {
  constructor(outlines) {
    this.outlines = outlines;
    this.show = new Show();
    this.player = new Player(() => performance.now());
    this.controls = new Controls(document);
    this.gauges = new Gauges(find("gauges"), this.show);
    this.counters = new Counters(find("counters"), this.show);
    this.timeline = new Timeline(document, this.player, this.show);
    this.load = new LoadPanel(find("load-panel"), (play) => this.#orderOf(play));
    this.story = new Story(document, this.show);
    this.curve = new CurveView(find("curve"), this.show, () => this.timeline.length_s);
    this.estimates = new EstimatesView(find("estimates"), this.show);
    this.phone = mountPhone(find("phone"), {});
    this.viewing = new Viewing(document, this.player);
    this.kiosk = new Kiosk(document);
    this.tabs = new Tabs(document, {box: find("tabs"), news: find("tab-news")});
    this.phone.onAlarm((on) => this.tabs.mark("phone", on, "tabs.alarm"));
    this.maps = [];
    this.phone.onHome((place) => this.maps.forEach((map) => map.marker(place)));
    this.#setMaps(1);
    this.show.onChange((kind) => this.#changed(kind));
    this.player.onChange(() => this.#wake());
    this.player.onChange(() => this.#tellPhone(this.player.clock()));
    themeSwitch(find("theme"), () => this.maps.forEach((map) => map.setTheme()));
    onLanguage(() => this.#speak());
  }

  /** A message of the feed. */
  take(message) {
    if (message instanceof ArrayBuffer) return this.show.take(message);
    const acts = {
      hello: () => this.#greeted(message),
      state: () => this.#state(message),
      clock: () => this.#clock(message.after_s),
      say: () => say(find("said"), message.line, message.words),
      load: () => this.load.take(message),
      run: () => this.viewing.offer(message.run),
      kiosk: () => this.kiosk.told(message),
    };
    return acts[message.type] ? acts[message.type]() : this.show.take(message);
  }

  /** All that was said comes again. */
  #greeted(message) {
    find("said").replaceChildren();
    this.saidBefore = 0;
    nameQuakes(message.quakes ?? []);
    this.listed = Boolean(message.quakes);
    if (this.viewing.take(message)) this.phone.disconnect();
    else if (!this.kiosk.take(message)) this.controls.take(message);
    this.story.take(message);
  }

  #clock(after_s) {
    this.seenLive ||= after_s !== null;
    this.timeline.setLive(after_s !== null);
    this.player.live(after_s);
  }

  #state(message) {
    if (QUIET.includes(message.state)) {
      this.saidBefore = find("said").children.length;
      this.#clock(null); // what was live is over, also where it was stopped in the middle
    }
    this.controls.state(message);
    this.viewing.state(message);
    this.kiosk.state(message);
    document.body.dataset.state = message.state;
    this.phone.setAlerts(message.alerts, message.key);
    if (message.state === "done") this.#over();
  }

  /** Two plays are seen side by side as soon as both are over; who comes late to one sees how it ended. */
  #over() {
    this.player.end_s = this.timeline.length_s;
    if (this.viewing.on) return this.viewing.begin();
    if (this.show.plays.length < 2 && !this.seenLive) this.player.seek(this.player.end_s);
    if (this.show.plays.length < 2 || this.replayed === this.show.scene) return;
    this.replayed = this.show.scene;
    const first_s = Math.min(...this.show.plays.map((run) => run.first_release_s));
    this.player.seek(Number.isFinite(first_s) ? Math.max(0, first_s - LEAD_IN_S) : 0);
    this.player.play();
  }

  #changed(kind) {
    if (kind === "scene") {
      this.#forgetSaid();
      if (!this.listed) nameQuakes([this.show.scene.quake]); // a kiosk and a finished run offer no list of quakes
      this.load.take(null);
      this.viewing.forget();
      this.seenLive = false;
      this.#clock(null);
      this.player.seek(0);
      this.player.goLive();
      this.#setMaps(1);
    }
    if (kind === "play") this.#setMaps(this.show.plays.length);
    if (["scene", "play", "report", "count"].includes(kind)) drawReports(find("reports"), this.show);
    if (["scene", "verdict"].includes(kind)) this.#judge();
    this.#wake();
  }

  /** Of a drill, its first lines come before its scene. */
  #forgetSaid() {
    [...find("said").children].slice(0, this.saidBefore).forEach((line) => line.remove());
    this.saidBefore = 0;
  }

  #judge() {
    drawVerdicts(find("verdict"), this.show);
    find("to-verdict").hidden = find("verdict").hidden;
  }

  #setMaps(count) {
    const box = find("maps");
    while (this.maps.length > count) {
      this.maps.pop().remove();
      box.lastChild.remove();
    }
    while (this.maps.length < count) {
      const place = element("div", "map-place");
      place.append(element("div", "map-head"), element("div"));
      place.firstChild.append(element("h2"), element("span", "map-turn"));
      box.append(place);
      const map = new QuakeMap(place.lastChild, this.outlines);
      map.onPick((picked) => this.phone.goTo(picked));
      map.marker(this.phone.places.home);
      this.maps.push(map);
    }
    box.dataset.maps = find("legend").dataset.maps = count;
    // One legend says what the marks of both mean; how many, by order, the counters do.
    find("legend").replaceChildren(this.maps[0].legend);
    this.maps.slice(1).forEach((map) => map.legend.remove());
    this.maps.forEach((map, play) => map.show(this.show, play));
    together(this.maps);
    this.#title();
    this.story.speak();
  }

  /** The order of a play as words, where there are several. */
  #orderOf(play) {
    const order = this.show.plays[play]?.order;
    return this.show.plays.length > 1 && order ? [`order.${order}`] : "";
  }

  #title() {
    const several = this.maps.length > 1;
    document.querySelectorAll("#maps h2").forEach((title, play) => {
      const order = this.show.plays[play]?.order;
      title.textContent = order ? t("shell.of-order", [`order.${order}`]) : "";
      title.nextSibling.textContent = order && several ? t(`turn.${order}`) : "";
      title.hidden = !several;
    });
  }

  /** Draws the next frame, and goes on while the clock runs or something is not yet drawn; a hidden page draws nothing. */
  #wake() {
    this.frame ??= requestAnimationFrame((now) => {
      this.frame = null;
      this.#draw(now);
      if (this.player.mode !== "paused" || [this.gauges, this.curve].some((part) => !part.settled)) this.#wake();
    });
  }

  #draw(now) {
    const at = this.player.clock();
    const shown = {end_s: this.timeline.length_s, live: this.player.moved === 0};
    this.maps.forEach((map) => map.draw(at));
    this.timeline.draw(at);
    this.counters.draw(at, shown);
    this.story.draw(at, shown);
    this.curve.draw(at, now);
    this.estimates.draw(at);
    this.gauges.draw(now);
    this.#tellPhone(at);
  }

  /** The phone shows the second that is shown. */
  #tellPhone(at_s) {
    const {mode, moved} = this.player;
    this.phone.follow({mode, moved, at_s, plays: this.show.plays});
  }

  #speak() {
    drawReports(find("reports"), this.show);
    this.#judge();
    this.#title();
    this.#wake();
  }
}

/** Links within the page go there without a new fragment: the fragment holds the token. */
function jump(event) {
  const link = event.target.closest("a[href^='#']");
  if (!link) return;
  event.preventDefault();
  const goal = document.querySelector(link.getAttribute("href"));
  goal.focus({preventScroll: true});
  goal.scrollIntoView();
}

async function begin() {
  languageSwitch(find("language"));
  document.addEventListener("click", jump);
  onLanguage(() => {
    document.title = `${t("shell.title")} · DRILL 演练`;
  });
  const outlines = await (await fetch("outlines.json")).json();
  if (BENCHED > 0) return bench(outlines);
  const stage = new Stage(outlines);
  openFeed(feedAddress(), {
    onMessage: (message) => stage.take(message),
    onState: (state, why) => {
      if (state === "lost") stage.viewing.lost();
      stage.controls.feedTrouble({open: "", lost: t("shell.lost"), garbled: t("shell.garbled", why)}[state]);
    },
  });
}

/** The page's own benchmark instead of a drill: `?bench=500000`. */
async function bench(outlines) {
  const [title, table, figures] = ["h2", "table", "pre"].map((tag) => document.createElement(tag));
  figures.id = "bench";
  find("main").className = "bench";
  find("main").replaceChildren(title, table, figures);
  themeSwitch(find("theme"), () => {});
  const measured = await frameBench(find("main"), BENCHED, outlines);
  document.querySelector(".frame-bench > pre").remove(); // what it says is said here
  figures.textContent = JSON.stringify(measured);
  onLanguage(() => {
    title.textContent = t("bench.title");
    table.replaceChildren(...Object.entries(measured).map(([name, value]) => figureRow(name, value)));
  });
}

function figureRow(name, value) {
  const row = document.createElement("tr");
  const [head, cell] = [document.createElement("th"), document.createElement("td")];
  head.scope = "row";
  head.textContent = t(`bench.${name}`);
  cell.textContent = value.toLocaleString("en");
  row.append(head, cell);
  return row;
}

begin().catch((error) => {
  find("feed-problem").textContent = t("shell.no-outlines", error.message);
});
