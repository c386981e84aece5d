/** The small parts that the phone's screens are made of: text never passes through markup. */

import {intensityWords, LEVELS} from "./phone.js";
import {quakeName, t} from "./words.js";

const LATER_S = 2; // that strong shaking comes after S; less is no difference to anybody

/** An element of a tag, classed `phone-NAME`, with its content: text, or elements. */
export function make(tag, name, ...content) {
  const made = document.createElement(tag);
  made.className = `phone-${name}`;
  made.append(...content.filter((one) => one !== null));
  return made;
}

/** A button; `key` tells it again after its surroundings are drawn anew. */
export function button(name, words, key, onClick) {
  const made = make("button", name, words);
  made.type = "button";
  made.dataset.key = key;
  made.addEventListener("click", onClick);
  return made;
}

/** Draws what is inside `box` anew; who had the focus there keeps it. */
export function refill(box, ...content) {
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  box.replaceChildren(...content.filter((one) => one !== null));
  if (focused) box.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
}

/** A level as shape, word and colour. */
export function levelChip({level}) {
  const chip = make("span", "chip", `${LEVELS[level]} ${t(`level.${level}`)}`);
  chip.dataset.level = level;
  return chip;
}

/** A level with its intensity, as content; nothing where what was said of it cannot be. */
export function shaking(place) {
  return place.fits ? [levelChip(place), " ", felt(place)] : [];
}

/** Intensity as number and Roman numeral. */
export function felt({intensity}) {
  return t("phone.felt", ...intensityWords(intensity));
}

/** When S comes or came, in whole seconds; nothing is counted while the service's time is not known, or what it said cannot be. */
export function when(place) {
  const {s_in_s, over} = place;
  if (isOpen(place)) return t("phone.when-unknown");
  if (s_in_s > 0) return t("phone.in", Math.ceil(s_in_s));
  return over ? t("phone.passed") : t("phone.now", ago(s_in_s));
}

/** When P comes; once it has, that. */
export function whenP({p_in_s, known}) {
  if (p_in_s > 0 && !known) return t("phone.p-unknown");
  return p_in_s > 0 ? t("phone.p-in", Math.ceil(p_in_s)) : t("phone.p-passed");
}

/**
 * When strong shaking comes, in words; "" where it has begun, or nobody knows of what strength it is. An estimate rounds down:
 * nobody may take it for later than it is.
 */
export function whenStrong(place) {
  const {fits, s_in_s, strong_after_s} = place;
  if (!fits || s_in_s + (strong_after_s ?? 0) <= 0) return "";
  if (strong_after_s === null) return t("phone.weak");
  const after_s = Math.floor(strong_after_s);
  if (after_s < LATER_S) return s_in_s > 0 ? t("phone.strong-from-s") : "";
  if (isOpen(place)) return t("phone.strong-after-s", after_s);
  return t(s_in_s > 0 ? "phone.strong-in-after-s" : "phone.strong-in", Math.max(0, Math.floor(s_in_s + strong_after_s)), after_s);
}

/** Whether S may be still to come, and nobody knows when: the service has not said what time it is, or its numbers cannot be. */
export function isOpen({s_in_s, known}) {
  return s_in_s > 0 && !known;
}

/** Whole seconds since S came. */
export function ago(s_in_s) {
  return Math.max(0, Math.floor(-s_in_s));
}

/** How far the epicentre is, in words; nothing is 0 km away. */
export function far({distance_km}) {
  return distance_km < 1 ? t("phone.under-km") : t("phone.whole-km", distance_km.toFixed(0));
}

/** "M 6.8". */
export function magnitude({origin}) {
  return `M ${origin.magnitude.toFixed(1)}`;
}

/** A quake as it is called wherever it is spoken of: several may be under way. */
export function called(quake) {
  return t("phone.quake", quakeName(quake.quake), magnitude(quake));
}
