/** The alarm that fills a phone's screen: the countdown, what will be felt, and what to do. */

import {ago, button, called, far, isOpen, levelChip, make, refill, shaking, when, whenP, whenStrong} from "./phone-elements.js";
import {lateMark, trustMark, valuesMark} from "./phone-marks.js";
import {t} from "./words.js";

const SPOKEN_AT_S = [10, 5, 0]; // besides the alarm itself: a voice each second could not be followed

/** Lives in `box`; `say(words)` is heard at once by who cannot see, `close(id)` is called when the user closes it. */
export class Alarm {
  #spoken = new Set();
  #before = null; // who had the focus

  constructor(box, {say, close}) {
    this.box = box;
    Object.assign(this, {say, close});
    this.inner = make("div", "alarm-inner");
    this.inner.tabIndex = 0; // it scrolls where the text is large
    this.closer = button("dismiss", "", "dismiss", () => this.close(box.dataset.quake));
    box.append(make("div", "alarm-frame", this.inner, this.closer));
    box.hidden = true;
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-labelledby", "phone-alarm-title");
    box.setAttribute("aria-describedby", "phone-alarm-advice");
  }

  /** Draws a quake as it stands now, and `also` others behind it, or takes the alarm away (null). `take_focus`: nobody is at work elsewhere. */
  draw(quake, {nameOf, locked, take_focus, also}) {
    if (!quake) return this.#hide();
    this.box.dataset.level = quake.chief.level ?? "unknown";
    this.box.dataset.quake = quake.quake;
    this.closer.textContent = t("phone.dismiss");
    refill(this.inner, ...content(quake, nameOf, locked, also));
    this.#count(quake);
    if (this.box.hidden) this.#show(take_focus);
  }

  #show(take_focus) {
    this.box.hidden = false;
    this.inner.scrollTop = 0;
    if (!take_focus) return;
    this.#before = document.activeElement;
    this.closer.focus({preventScroll: true});
  }

  #hide() {
    if (this.box.hidden) return;
    const inside = this.box.contains(document.activeElement);
    this.box.hidden = true;
    this.inner.replaceChildren();
    if (inside && this.#before?.isConnected) this.#before.focus({preventScroll: true});
    this.#before = null;
  }

  #count(quake) {
    const {chief, released} = quake;
    if (isOpen(chief)) return;
    const seconds = Math.ceil(chief.s_in_s);
    for (const at of SPOKEN_AT_S) {
      const key = `${quake.quake} ${released} ${at}`;
      if (seconds > at || this.#spoken.has(key)) continue;
      this.#spoken.add(key);
      if (seconds === at) this.say(t(at ? "phone.spoken-count" : "phone.spoken-now", called(quake), at, t("advice.shaking")));
    }
  }
}

function content(quake, nameOf, locked, also) {
  const {chief} = quake;
  const title = make("h2", "alarm-title", t("phone.alarm"), " ", make("span", "alarm-quake", called(quake)));
  title.id = "phone-alarm-title";
  const advice = make("p", "advice", t(`advice.${chief.advice}`));
  advice.id = "phone-alarm-advice";
  const [number, words] = counted(chief);
  const count = make("p", "count", number);
  count.setAttribute("role", "timer");
  return [
    title,
    make("p", "alarm-place", nameOf(chief.place)),
    count,
    make("p", "count-words", words),
    strong(chief),
    chief.fits && chief.s_in_s > 0 ? make("p", "p-words", whenP(chief)) : null,
    chief.fits ? make("p", "level", ...shaking(chief)) : null,
    advice,
    lateMark(quake),
    trustMark(quake),
    make("p", "where", t("phone.far", far(chief)), " · ", t("phone.report", quake.number, t(`status.${quake.status}`))),
    others(quake, nameOf),
    behind(also, nameOf),
    isOpen(chief) && chief.fits ? make("p", "unknown", t("phone.unknown")) : null,
    valuesMark(quake),
    locked ? make("p", "locked-note", t("phone.locked")) : null,
  ];
}

/** When strong shaking comes, beside S; the line below the figure says it where it comes with S. */
function strong(chief) {
  const words = whenStrong(chief);
  return words ? make("p", "strong", words) : null;
}

/** [the large figure, the words below it]. Seconds to come are rounded up; what has passed is no countdown's 0. */
function counted(chief) {
  if (isOpen(chief)) return ["…", t("phone.seconds-unknown")];
  if (chief.s_in_s > 0) return [String(Math.ceil(chief.s_in_s)), t("phone.seconds")];
  return [t("phone.s"), t("phone.arrived", ago(chief.s_in_s))];
}

/** The other followed places, a line each. */
function others({places, chief}, nameOf) {
  const rest = places.filter(({place}) => place !== chief.place);
  if (!rest.length) return null;
  const list = make("ul", "others");
  for (const place of rest) list.append(make("li", "other", make("b", "other-name", nameOf(place.place)), place.fits ? levelChip(place) : "", when(place)));
  return list;
}

/** Other quakes whose alarms stand behind this one, a line each. */
function behind(also, nameOf) {
  if (!also.length) return null;
  const list = make("ul", "others");
  for (const quake of also) list.append(make("li", "other", make("b", "other-name", called(quake)), quake.chief.fits ? levelChip(quake.chief) : "", `${nameOf(quake.chief.place)} · ${when(quake.chief)}`));
  return list;
}
