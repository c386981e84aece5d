/** The phone as it is seen: the band, the alarm over the whole of it, quakes, and the places that it follows. */

import {Alerts, intensityWords} from "./phone.js";
import {Alarm} from "./phone-alarm.js";
import {keepBand} from "./phone-band.js";
import {afterWords, banner, pastLine, placeCard, quakeCard} from "./phone-cards.js";
import {ServiceClock} from "./phone-clock.js";
import {button, called, make, refill, when} from "./phone-elements.js";
import {Follow} from "./phone-follow.js";
import {Inbox} from "./phone-inbox.js";
import {Line} from "./phone-line.js";
import {lateWords, trustWords} from "./phone-marks.js";
import {Places} from "./phone-places.js";
import {ReplayBar} from "./phone-replay-bar.js";
import {Verifier} from "./phone-signature.js";
import {Siren} from "./siren.js";
import {onLanguage, t} from "./words.js";

const TICK_MS = 100;
const BUZZ_MS = [600, 300, 600, 300, 600];
const LARGE_KEPT_AS = "ewarn.large";

/** Builds the phone inside `element`. `places`: [{name, latitude, longitude}], home first; `tools`: more buttons for its bar. */
export function mountPhone(element, {places, tools = []} = {}) {
  return new Phone(element, places, tools);
}

class Phone {
  #alerts = new Alerts();
  #clock = new ServiceClock();
  #verifier = new Verifier();
  #siren = new Siren();
  #drawn = "";
  #follow = new Follow();
  #ringing = null; // the quake whose alarm fills the screen
  #homeListeners = [];
  #ringListeners = [];
  #by = "quake";
  #endings = [];

  constructor(element, places, tools) {
    element.classList.add("phone");
    this.root = element;
    this.#build(tools);
    this.alarm = new Alarm(this.part("alarm"), {say: (words) => this.#follow.on || this.#say("loud", words), close: (id) => this.#act(id, "close")});
    this.bar = new ReplayBar(this.part("replay"), {choose: (play) => this.#toldBy(play), leave: () => this.#toNow()});
    this.inbox = new Inbox({clock: this.#clock, onMessage: (message, how) => this.#take(message, how)});
    this.places = new Places(this.part("places"), places, () => this.#followed());
    this.line = new Line(`phone-${Math.random().toString(36).slice(2, 10)}`, {
      onMessage: (message, trust) => this.#receive(message, trust),
      onState: (state, platforms) => this.#state(state, platforms),
      onTime: () => this.#tick(),
      clock: this.#clock,
      verifier: this.#verifier,
    });
    this.#followed();
    this.#state("waiting", 0);
    this.#listen();
    this.#endings.push(keepBand(element), onLanguage(() => this.#speak()));
  }

  /** Where alerts come from, a platform each; none while no gateway is up. `key`: by which they are signed, base64; "" where it is not known. */
  setAlerts(urls, key = "") {
    this.#verifier.setKey(key);
    this.line.setUrls(urls);
  }

  /** Says that there is no service to wait for: a finished run is shown. */
  disconnect() {
    this.offline = true;
    this.setAlerts([]);
    this.#state("waiting", 0);
  }

  /**
   * Shows the second that the page shows: now, while `mode` is live or its clock was not `moved` by hand, or what this phone showed
   * at `at_s` after the origin of the `plays` of a show, {order, reports}; see `Player`. Sounds as it did, where time runs on.
   */
  follow(shown) {
    const [was_on, rang] = [this.#follow.on, this.#ringing];
    const runs = this.#follow.page(shown);
    if (was_on !== this.#follow.on) this.#turned();
    else if (!was_on) return; // now goes by its own ticks
    this.#draw();
    if (!this.#follow.on) return;
    if (!runs) this.#siren.silence();
    else if (this.#ringing && this.#ringing !== rang) this.#sound(this.#standing().alarm);
  }

  /** Calls `fn(on)` now and whenever an alarm fills the screen or leaves it. */
  onAlarm(fn) {
    this.#ringListeners.push(fn);
    fn(Boolean(this.#ringing));
  }

  /** Moves home to a point of the map. */
  goTo({latitude, longitude}) {
    this.places.setHome({latitude, longitude});
  }

  /** Follows these instead, {name, latitude, longitude} each, the home first. */
  setPlaces(places) {
    this.places.set(places);
  }

  /** Follows one more, {name, latitude, longitude}, up to ten. */
  addPlace(place) {
    this.places.set([...this.places.list, place]);
  }

  /** Calls `fn(place)` now and whenever home moves. */
  onHome(fn) {
    this.#homeListeners.push(fn);
    fn(this.places.home);
  }

  /** Hangs up and stops. */
  destroy() {
    this.line.setUrls([]);
    this.#siren.silence();
    for (const end of this.#endings) end();
    this.root.replaceChildren();
  }

  /** The element of a name. */
  part(name) {
    return this.root.querySelector(`.phone-${name}`);
  }

  #build(tools) {
    this.mute = button("mute", "", "mute", () => this.#toggleMute());
    this.large = button("large", "", "large", () => this.#toggleLarge());
    this.byQuake = button("by", "", "by quake", () => this.#listBy("quake"));
    this.byPlace = button("by", "", "by place", () => this.#listBy("place"));
    const quakes = make("div", "quakes");
    const history = make("details", "history", make("summary", "history-title"), make("ul", "history-list"));
    const bar = make("div", "tools", make("span", "state"), this.mute, this.large, ...tools);
    const choice = make("div", "choice", this.byQuake, this.byPlace);
    choice.setAttribute("role", "group");
    const refused = make("p", "refused");
    refused.setAttribute("role", "status");
    const scroll = make("div", "scroll", make("div", "banners"), refused, choice, quakes, history, make("div", "places"));
    const [loud, soft] = [make("p", "loud"), make("p", "soft")];
    loud.setAttribute("aria-live", "assertive");
    soft.setAttribute("aria-live", "polite");
    this.root.append(make("div", "screen", make("div", "alarm"), bar, scroll), loud, soft);
    this.root.prepend(make("div", "replay"));
    this.root.classList.toggle("large", keptLarge());
  }

  #listen() {
    const timer = setInterval(() => this.#tick(), TICK_MS);
    const seen = () => document.hidden || this.line.askTime();
    const touched = () => this.#unlock();
    const escape = (event) => event.key === "Escape" && this.#escape(event);
    document.addEventListener("click", touched);
    document.addEventListener("keydown", touched);
    document.addEventListener("keydown", escape);
    document.addEventListener("visibilitychange", seen);
    this.#endings.push(() => {
      clearInterval(timer);
      document.removeEventListener("click", touched);
      document.removeEventListener("keydown", touched);
      document.removeEventListener("keydown", escape);
      document.removeEventListener("visibilitychange", seen);
    });
  }

  #followed() {
    this.#alerts.follow(this.places.asked());
    this.line.setPlaces(this.places.asked());
    for (const fn of this.#homeListeners) fn(this.places.home);
    this.#drawn = "";
    this.#draw();
  }

  #state(state, platforms) {
    this.told = [state, platforms];
    this.part("state").textContent = platforms > 1 ? t("phone.connected-to", platforms) : t(`phone.${this.offline ? "offline" : state}`);
    this.root.dataset.line = state;
  }

  #receive(message, trust) {
    this.inbox.take(message, trust);
    this.#sayQuietly();
  }

  /** What is not shown, and why; a line that is heard only when it changes. */
  #sayQuietly() {
    const {refused, held} = this.inbox;
    const words = [refused && t("phone.refused", refused), held && t("phone.held", held)].filter(Boolean).join(". ");
    if (this.part("refused").textContent !== words) this.part("refused").textContent = words;
  }

  #take(message, how) {
    const what = this.#alerts.take(message, how);
    if (this.#follow.heard(message, how, this.places.asked(), what)) this.#turned();
    if (!what || this.#follow.on) return;
    const now = this.#standing();
    const quake = [...now.underWay, ...now.past].find((one) => one.quake === message.quake);
    if (quake) this.#tell(what, quake, now.alarm);
    this.#draw();
  }

  #standing() {
    const now = this.#clock.now();
    return this.#follow.on ? this.#follow.standing(this.places.asked(), now) : this.#alerts.at(now);
  }

  /** From now to a replay or back: nothing that was heard goes on. */
  #turned() {
    this.#siren.silence();
    for (const how of ["loud", "soft"]) this.#say(how, "");
    this.#drawn = "";
  }

  #toNow() {
    if (this.#follow.leave()) this.#turned();
    this.#draw();
  }

  #toldBy(play) {
    this.#follow.play = play;
    this.#siren.silence();
    this.#draw();
  }

  /** What is heard and felt of a message, which speaks of `quake`, while the `alarm` of perhaps another stands. */
  #tell(what, quake, alarm) {
    if (what === "alarm" && quake.stands === "alarm") {
      this.#sound(quake);
    } else if (what === "cancel") {
      if (!alarm) this.#siren.silence();
      this.#say("loud", [t("phone.cancelled", called(quake)), alarm && this.#still(alarm)].filter(Boolean).join(" "));
    } else if (what === "quick") {
      this.#say("soft", t("phone.quick-spoken", called(quake)));
    } else if (quake.chief && !quake.over) {
      this.#say("soft", this.#spoken(quake));
    }
  }

  #sound(quake) {
    this.#siren.sound();
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(BUZZ_MS);
    this.#say("loud", this.#spoken(quake));
  }

  #spoken(quake) {
    const {chief} = quake;
    const [name, advice] = [this.places.nameOf(chief.place), t(`advice.${chief.advice}`)];
    const marks = [quake.trust.kind === "verified" ? "" : trustWords(quake), lateWords(quake)];
    if (!chief.fits) return [t("phone.spoken-misfit", called(quake), name, when(chief), advice), ...marks].filter(Boolean).join(" ");
    const [, numeral] = intensityWords(chief.intensity);
    return [t("phone.spoken", called(quake), name, when(chief), numeral, t(`level.${chief.level}`), advice), ...marks].filter(Boolean).join(" ");
  }

  /** Of an alarm that another quake's cancel leaves as it is. */
  #still(alarm) {
    return t("phone.still", called(alarm), this.places.nameOf(alarm.chief.place), when(alarm.chief));
  }

  #say(how, words) {
    this.part(how).textContent = words;
  }

  /** The user opens, closes or dismisses what is shown of a quake. */
  #act(id, what) {
    if (this.#follow.on) this.#follow.act(id, what);
    else if (what === "dismiss") this.#alerts.dismiss(id);
    else this.#alerts.setOpen(id, what === "open");
    if (what === "close") this.#siren.silence();
    this.#drawn = "";
    this.#draw();
  }

  #escape(event) {
    const {alarm} = this.#standing();
    if (!alarm || !this.root.getClientRects().length) return;
    event.preventDefault();
    this.#act(alarm.quake, "close");
  }

  /** The first touch during an alarm lets the siren out. */
  #unlock() {
    if (!this.part("alarm").querySelector(".phone-locked-note") || this.#siren.locked) return;
    this.#siren.sound();
    this.#drawn = "";
    this.#draw();
  }

  #toggleMute() {
    this.#siren.muted = !this.#siren.muted;
    this.#speak();
  }

  #toggleLarge() {
    const large = this.root.classList.toggle("large");
    try {
      localStorage.setItem(LARGE_KEPT_AS, large ? "yes" : "no");
    } catch {
      // Kept for this visit alone: storage may be forbidden.
    }
    this.#speak();
  }

  #listBy(what) {
    this.#by = what;
    this.#speak();
  }

  #speak() {
    const press = (one, words, pressed) => {
      one.textContent = t(words);
      one.setAttribute("aria-pressed", String(pressed));
    };
    press(this.mute, "phone.mute", this.#siren.muted);
    press(this.large, "phone.large", this.root.classList.contains("large"));
    press(this.byQuake, "phone.by-quake", this.#by === "quake");
    press(this.byPlace, "phone.by-place", this.#by === "place");
    this.part("choice").setAttribute("aria-label", t("phone.by"));
    this.part("history-title").textContent = t("phone.history");
    this.#state(...this.told);
    this.#sayQuietly();
    this.places.draw();
    this.#drawn = "";
    this.#draw();
  }

  #tick() {
    if (this.#clock.due()) this.line.askTime();
    this.inbox.look();
    this.#sayQuietly();
    this.#draw();
  }

  /** What is seen changes by the second, so that is how often it is drawn. */
  #draw() {
    const now = this.#standing();
    const all = [...now.underWay, ...now.past];
    this.bar.draw(this.#follow.bar());
    const drawn = JSON.stringify([all.map(seen), now.told]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    if (!all.length) for (const how of ["loud", "soft"]) this.#say(how, ""); // what was said of was no quake under way
    const nameOf = (number) => this.places.nameOf(number);
    const acts = {nameOf, act: (id, what) => this.#act(id, what)};
    refill(this.part("banners"), ...now.banners.map((quake) => banner(quake, acts)));
    refill(this.part("quakes"), ...this.#list(now, nameOf));
    this.part("history").hidden = !now.past.length;
    refill(this.part("history-list"), ...now.past.map((quake) => pastLine(quake, nameOf)));
    if (!now.alarm) this.#siren.silence();
    this.alarm.draw(now.alarm, {nameOf, locked: this.#siren.locked, take_focus: !this.#follow.on && this.#mayTakeFocus(), also: now.alsoAlarms});
    this.part("choice").hidden = !now.underWay.length;
    this.part("scroll").inert = Boolean(now.alarm);
    this.root.classList.toggle("alarmed", Boolean(now.alarm));
    this.#rings(now);
  }

  /** Who listens is told whether an alarm fills the screen; that one is over is said. */
  #rings({alarm, banners}) {
    const before = this.#ringing;
    this.#ringing = alarm?.quake ?? null;
    if (before === this.#ringing) return;
    for (const fn of this.#ringListeners) fn(Boolean(alarm));
    const over = banners.find(({quake, after}) => after && quake === before);
    if (over && !alarm && !this.#follow.on) this.#say("soft", afterWords(over, (number) => this.places.nameOf(number)));
  }

  #list({underWay, past, told}, nameOf) {
    if (!underWay.length) return past.length && told !== false ? [] : [make("p", "quiet", t(this.#quiet(told)))];
    if (this.#by === "quake") return underWay.map((quake) => quakeCard(quake, nameOf));
    return this.places.list.map((_, number) => placeCard(nameOf(number), number, underWay));
  }

  #quiet(told) {
    if (!this.#follow.on) return "phone.quiet";
    return told ? "phone.not-yet" : "phone.not-told";
  }

  /** Not from who is at work elsewhere on the page. */
  #mayTakeFocus() {
    const {activeElement, body} = document;
    return !activeElement || activeElement === body || this.root.contains(activeElement);
  }
}

/** All of a quake that is seen. */
function seen({quake, released, stands, over, after, places, trust, late_s}) {
  const counted = ({place, at, known, over: passed, p_in_s, s_in_s}) => [place, at, known, passed, Math.ceil(p_in_s), Math.ceil(s_in_s)];
  return [quake, released, stands, over, after, trust, late_s, places.map(counted)];
}

function keptLarge() {
  try {
    return localStorage.getItem(LARGE_KEPT_AS) === "yes";
  } catch {
    return false;
  }
}
