/** The phone as it is seen: an alarm over the whole of it, quakes with all followed places, and what is followed. */

import {LEVELS, Alerts, roman} from "./phone.js";
import {Line} from "./phone-line.js";
import {Places} from "./phone-places.js";
import "./phone-words.js";
import {Siren} from "./siren.js";
import {fill, onLanguage, t} from "./words.js";

const TICK_MS = 100;
const SPOKEN_AT_S = [10, 5, 0]; // besides the alarm itself: a voice each second could not be followed
const FORGOTTEN_MS = 600000;
const BUZZ_MS = [600, 300, 600, 300, 600];

/** Builds the phone inside `element`. */
export function mountPhone(element, {places} = {}) {
  return new Phone(element, places);
}

class Phone {
  #alerts = new Alerts();
  #siren = new Siren();
  #alarm = null; // the quake whose alarm fills the screen
  #spoken = [];
  #drawn = "";
  #homeListeners = [];

  constructor(element, places) {
    element.classList.add("phone");
    this.root = element;
    this.#build();
    this.places = new Places(this.part("places"), places, () => this.#followed());
    this.line = new Line(`phone-${Math.random().toString(36).slice(2, 10)}`, {
      onMessage: (message, greeting) => this.#take(message, greeting),
      onState: (state) => this.#state(state),
    });
    this.line.setPlaces(this.places.asked());
    onLanguage(() => this.#speak());
    this.timer = setInterval(() => this.#draw(), TICK_MS);
    this.#keepBand();
  }

  /** Where alerts come from; none while no gateway is up. */
  setAlerts(urls) {
    this.line.setUrls(urls);
  }

  /** Moves home to a point of the map. */
  goTo({latitude, longitude}) {
    this.places.setHome({latitude, longitude});
  }

  /** Follows these instead, {name, latitude, longitude} each, the home first. */
  setPlaces(places) {
    this.places.set(places);
  }

  /** Calls `fn(place)` now and whenever home moves. */
  onHome(fn) {
    this.#homeListeners.push(fn);
    fn(this.places.home);
  }

  /** Hangs up and stops. */
  destroy() {
    clearInterval(this.timer);
    this.line.setUrls([]);
    this.#siren.silence();
    this.keeper.disconnect();
  }

  part(name) {
    return this.root.querySelector(`.phone-${name}`);
  }

  #build() {
    const make = (tag, name, more = {}) => Object.assign(document.createElement(tag), {className: `phone-${name}`, ...more});
    this.band = make("p", "band", {textContent: "DRILL 演练"});
    const tools = make("div", "tools");
    this.mute = make("button", "mute", {type: "button"});
    this.large = make("button", "large", {type: "button"});
    tools.append(make("span", "state"), this.mute, this.large);
    const alarm = make("div", "alarm", {hidden: true, tabIndex: -1});
    alarm.setAttribute("role", "alertdialog");
    alarm.setAttribute("aria-labelledby", "phone-alarm-title");
    const [loud, soft] = [make("p", "loud"), make("p", "soft")];
    loud.setAttribute("aria-live", "assertive");
    soft.setAttribute("aria-live", "polite");
    const quakes = make("div", "quakes", {tabIndex: 0});
    quakes.setAttribute("role", "region");
    this.root.append(this.band, tools, quakes, make("div", "places"), alarm, loud, soft);
    this.mute.addEventListener("click", () => this.#toggleMute());
    this.large.addEventListener("click", () => {
      this.root.classList.toggle("large");
      this.#speak();
    });
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.#dismiss());
  }

  /** Whoever takes the band off finds it there again. */
  #keepBand() {
    this.keeper = new MutationObserver(() => {
      if (this.root.firstChild !== this.band) this.root.prepend(this.band);
      if (this.band.textContent !== "DRILL 演练") this.band.textContent = "DRILL 演练";
      if (this.band.className !== "phone-band" || this.band.hidden || this.band.style.cssText) {
        this.band.className = "phone-band";
        this.band.hidden = false;
        this.band.style.cssText = "";
      }
    });
    this.keeper.observe(this.root, {childList: true, subtree: true, characterData: true, attributes: true});
  }

  #followed() {
    this.line.setPlaces(this.places.asked());
    for (const fn of this.#homeListeners) fn(this.places.home);
  }

  #state(state) {
    this.part("state").dataset.t = `phone.${state}`;
    this.part("state").textContent = t(`phone.${state}`);
    this.root.dataset.line = state;
  }

  #take(message, greeting) {
    const what = this.#alerts.take(message, Date.now(), greeting);
    if (!what) return;
    const quake = this.#alerts.at(Date.now()).find((one) => one.quake === message.quake);
    if (what === "alarm" && message.tier === "alarm") this.#ring(quake);
    else if (what === "alarm" || what === "update") this.#renew(quake);
    else this.#over(what, message);
    this.#draw();
  }

  #ring(quake) {
    this.#alarm = quake.quake;
    this.#spoken = [];
    this.part("alarm").hidden = false;
    this.part("alarm").focus({preventScroll: true});
    this.root.classList.toggle("locked", !this.#siren.sound() && !this.#siren.muted);
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(BUZZ_MS);
    this.part("loud").textContent = spoken(quake.places[0]);
  }

  #renew(quake) {
    if (quake?.places.length) this.part("soft").textContent = spoken(quake.places[0]);
  }

  #over(what, {origin}) {
    this.#dismiss();
    this.part("loud").textContent = what === "cancel" ? t("phone.cancelled") : t("phone.quick", origin.magnitude, origin.depth_km);
  }

  #dismiss() {
    this.#alarm = null;
    this.#siren.silence();
    this.part("alarm").hidden = true;
  }

  #toggleMute() {
    this.#siren.muted = !this.#siren.muted;
    if (this.#siren.muted) this.#siren.silence();
    this.#speak();
  }

  #speak() {
    this.mute.textContent = t(this.#siren.muted ? "phone.muted" : "phone.mute");
    this.mute.setAttribute("aria-pressed", String(this.#siren.muted));
    this.large.textContent = t("phone.large");
    this.large.setAttribute("aria-pressed", String(this.root.classList.contains("large")));
    this.part("quakes").setAttribute("aria-label", t("phone.places"));
    this.#drawn = "";
    this.places.draw();
    fill(this.root);
    this.#draw();
  }

  /** What is seen changes by the second, so that is how often it is drawn. */
  #draw() {
    const known = this.#alerts.at(Date.now()).filter((quake) => Date.now() - quake.released_ms < FORGOTTEN_MS);
    const drawn = JSON.stringify([this.#alarm, known.map((quake) => [quake.quake, quake.number, quake.places.map((place) => Math.ceil(place.s_in_s))])]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.part("quakes").replaceChildren(...(known.length ? known.map((quake) => this.#card(quake)) : [text("p", "quiet", t("phone.quiet"))]));
    const alarm = known.find((quake) => quake.quake === this.#alarm);
    if (alarm?.places.length) this.#drawAlarm(alarm);
  }

  #drawAlarm(quake) {
    const [home] = quake.places;
    const box = this.part("alarm");
    box.dataset.level = home.level;
    const seconds = Math.ceil(home.s_in_s);
    const close = text("button", "dismiss", t("phone.dismiss"));
    close.type = "button";
    close.addEventListener("click", () => this.#dismiss());
    const title = text("h2", "alarm-title", t("phone.alarm"));
    title.id = "phone-alarm-title";
    const focused = box.contains(document.activeElement) && document.activeElement !== box;
    box.replaceChildren(
      title,
      text("p", "count", seconds > 0 ? seconds : "0"),
      text("p", "count-words", t(seconds > 0 ? "phone.seconds" : "phone.arrived")),
      text("p", "level", `${LEVELS[home.level]} ${t(`level.${home.level}`)} · ${felt(home)}`),
      text("p", "advice", t(`advice.${home.advice}`)),
      text("p", "where", t("phone.km", home.distance_km.toFixed(0), quake.origin.magnitude.toFixed(1))),
      text("p", "locked-note", t("phone.locked")),
      close,
    );
    if (focused) close.focus({preventScroll: true});
    this.#count(seconds);
  }

  #count(seconds) {
    for (const at of SPOKEN_AT_S) {
      if (seconds > at || this.#spoken.includes(at)) continue;
      this.#spoken.push(at);
      if (seconds === at) this.part("loud").textContent = at ? t("phone.spoken-count", at) : t("advice.shaking");
    }
  }

  #card(quake) {
    const card = document.createElement("article");
    card.className = `phone-quake is-${quake.status}`;
    card.append(text("h3", "quake-title", `M ${quake.origin.magnitude.toFixed(1)} · ${quake.quake} · ${t("phone.report", quake.number, t(`status.${quake.status}`))}`));
    if (quake.status === "cancel") card.append(text("p", "cancelled", t("phone.cancelled")));
    if (quake.type === "quick") card.append(text("p", "quick", t("phone.quick", quake.origin.magnitude.toFixed(1), quake.origin.depth_km)));
    const list = document.createElement("ul");
    for (const place of quake.places) list.append(this.#placeLine(place, quake.status));
    card.append(list);
    if (quake.by_receipt) card.append(text("p", "by-receipt", t("phone.by-receipt")));
    return card;
  }

  #placeLine(place, status) {
    const line = document.createElement("li");
    line.dataset.level = place.level;
    const seconds = Math.ceil(place.s_in_s);
    const when = status === "cancel" ? "" : seconds > 0 ? t("phone.in", seconds) : t("phone.ago", -seconds);
    line.append(
      text("b", "place-name", this.places.nameOf(place.place)),
      text("span", "place-level", `${LEVELS[place.level]} ${t(`level.${place.level}`)} · ${felt(place)}`),
      text("span", "place-when", when),
      text("span", "place-far", `${place.distance_km.toFixed(0)} km`),
    );
    return line;
  }
}

function felt({intensity}) {
  return t("phone.felt", intensity.toFixed(1), roman(intensity));
}

function spoken(place) {
  return t("phone.spoken", Math.max(0, Math.ceil(place.s_in_s)), roman(place.intensity), t(`level.${place.level}`), t(`advice.${place.advice}`));
}

function text(tag, name, content) {
  return Object.assign(document.createElement(tag), {className: `phone-${name}`, textContent: content});
}
