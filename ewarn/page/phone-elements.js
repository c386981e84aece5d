/** The small parts that the phone's screens are made of: text never passes through markup. */

import {LEVELS, roman} from "./phone.js";
import {t} from "./words.js";

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

/** Intensity as number and Roman numeral. */
export function felt({intensity}) {
  return t("phone.felt", intensity.toFixed(1), roman(intensity));
}

/** When S comes or came, in whole seconds. */
export function when({s_in_s}) {
  if (s_in_s > 0) return t("phone.in", Math.ceil(s_in_s));
  return s_in_s > -60 ? t("phone.now") : t("phone.passed");
}

/** When P comes; once it has, nothing. */
export function whenP({p_in_s}) {
  return p_in_s > 0 ? t("phone.p-in", Math.ceil(p_in_s)) : t("phone.p-passed");
}

/** "M 6.8". */
export function magnitude({origin}) {
  return `M ${origin.magnitude.toFixed(1)}`;
}
