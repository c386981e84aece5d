/** What a phone lists under its alarm: banners, quakes with all places, places with all quakes, and what is past. */

import {button, called, far, felt, levelChip, magnitude, make, shaking, when, whenP, whenStrong} from "./phone-elements.js";
import {lateMark, shortMark, trustMark, valuesMark} from "./phone-marks.js";
import {degrees, quakeName, t} from "./words.js";

/** A banner: a notification, a closed alarm that still counts, what holds after an alarm, a cancel, or the quick report. */
export function banner(quake, {nameOf, act}) {
  const box = make("div", "banner");
  box.dataset.kind = kindOf(quake);
  const closed = quake.shown === "alarm" && !quake.over && !quake.after && quake.status !== "cancel";
  const press = closed
    ? button("reopen", t("phone.reopen"), `open ${quake.quake}`, () => act(quake.quake, "open"))
    : button("close", "×", `close ${quake.quake}`, () => act(quake.quake, quake.after ? "dismiss" : "close"));
  if (!closed) press.setAttribute("aria-label", t("phone.close"));
  box.append(make("p", "banner-words", ...bannerWords(quake, nameOf), ...marks(quake)), press);
  return box;
}

function marks(quake) {
  const short = shortMark(quake);
  return short ? [" ", short] : [];
}

function kindOf({status, type, after}) {
  if (status === "cancel") return "cancel";
  if (after) return "after";
  return type === "quick" ? "quick" : "notice";
}

function bannerWords(quake, nameOf) {
  if (quake.status === "cancel") return ["✓ ", t("phone.cancelled", called(quake))];
  const quick = quake.type === "quick" ? quickWords(quake) : "";
  if (quake.after) return [afterWords(quake, nameOf)];
  if (quick && !(quake.chief?.s_in_s > 0)) return [quick]; // until S, the countdown goes on
  if (!quake.chief) return [called(quake)];
  const words = `${called(quake)} · ${nameOf(quake.chief.place)} · ${when(quake.chief)}. ${t(`advice.${quake.chief.advice}`)}`;
  return [quake.chief.fits ? levelChip(quake.chief) : "", " ", words, quick && ` ${quick}`];
}

/** What holds after an alarm. */
export function afterWords(quake, nameOf) {
  return `${t("phone.after", called(quake), nameOf(quake.chief.place))} ${t("advice.after")}`;
}

function quickWords(quake) {
  const {origin} = quake;
  return t("phone.quick", called(quake), origin.depth_km.toFixed(0), t("phone.point", ...pointWords(origin)));
}

function pointWords({latitude, longitude}) {
  return [degrees(latitude, "latitude"), degrees(longitude, "longitude")];
}

/** A quake with all places that it touches. */
export function quakeCard(quake, nameOf) {
  const card = make("article", "quake");
  card.classList.add(`is-${quake.status}`);
  card.append(
    make("h2", "quake-title", `${magnitude(quake)} · ${quakeName(quake.quake)}`),
    make("p", "quake-report", t("phone.report", quake.number, t(`status.${quake.status}`))),
  );
  if (quake.type === "quick") card.append(make("p", "quick", quickWords(quake)));
  const list = make("ul", "lines");
  for (const place of quake.places) list.append(line([nameOf(place.place)], place));
  card.append(list);
  if (quake.places.some(({known, fits}) => fits && !known)) card.append(make("p", "unknown", t("phone.unknown")));
  card.append(...[lateMark(quake), trustMark(quake), valuesMark(quake)].filter(Boolean));
  return card;
}

/** A followed place with all quakes under way. */
export function placeCard(name, number, underWay) {
  const card = make("article", "quake", make("h2", "quake-title", name));
  const list = make("ul", "lines");
  for (const quake of underWay) {
    for (const place of quake.places.filter((one) => one.place === number)) list.append(line([`${magnitude(quake)} · ${quakeName(quake.quake)}`, ...marks(quake)], place));
  }
  if (!list.childElementCount) list.append(make("li", "none", t("phone.quiet")));
  card.append(list);
  return card;
}

function line(name, place) {
  const made = make(
    "li",
    "line",
    make("b", "place-name", ...name),
    make("span", "place-when", when(place)),
    place.fits ? make("span", "place-level", ...shaking(place)) : null,
    make("span", "place-far", [far(place), place.fits && whenP(place), whenStrong(place), place.filled && t("phone.filled")].filter(Boolean).join(" · ")),
  );
  made.dataset.level = place.level ?? "unknown";
  return made;
}

/** A quake that is over, or was taken back, as one line. */
export function pastLine(quake, nameOf) {
  const words = quake.status === "cancel" ? t("phone.cancelled", called(quake)) : quake.type === "quick" ? quickWords(quake) : "";
  const felt_there = quake.chief?.fits && quake.status !== "cancel" ? `${nameOf(quake.chief.place)}: ${felt(quake.chief)}` : "";
  const item = make("li", "past", make("b", "past-name", `${magnitude(quake)} · ${quakeName(quake.quake)}`), ` ${quake.origin.time.slice(11, 19)} UTC`);
  item.classList.add(`is-${quake.status}`);
  for (const more of [felt_there, words]) if (more) item.append(make("span", "past-more", more));
  item.append(...marks(quake));
  return item;
}
