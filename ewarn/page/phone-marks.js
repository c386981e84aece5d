/** What a phone says of how a report came: whether it is its centre's, how late it was, and what of it nobody signed. */

import {make} from "./phone-elements.js";
import {LATE_S} from "./phone-times.js";
import {t} from "./words.js";

/** Whether it is verified, or why not. */
export function trustWords({trust: {kind, why}}) {
  return kind === "verified" ? t("phone.verified") : t("phone.unverified", [`phone.why-${why}`]);
}

/** How late it was, or "". */
export function lateWords({late_s}) {
  return late_s >= LATE_S ? t("phone.late", Math.floor(late_s)) : "";
}

/** One line: a tick, or a warning sign, and the words. */
export function trustMark(quake) {
  const mark = make("p", "trust", `${quake.trust.kind === "verified" ? "✓" : "⚠"} ${trustWords(quake)}`);
  mark.dataset.trust = quake.trust.kind;
  return mark;
}

/** In a few words, where it is not verified; else null. */
export function shortMark({trust: {kind}}) {
  if (kind === "verified") return null;
  const mark = make("span", "trust", `⚠ ${t("phone.not-verified")}`);
  mark.dataset.trust = kind;
  return mark;
}

/** One line where it was late; else null. */
export function lateMark(quake) {
  const words = lateWords(quake);
  return words ? make("p", "late", words) : null;
}

/** Whose the numbers at the places are; and where some cannot be, that. */
export function valuesMark({places, trust}) {
  const words = trust.kind === "verified" && places.some(({fits}) => fits) ? [t("phone.values")] : [];
  if (places.some(({fits}) => !fits)) words.push(t(trust.kind === "verified" ? "phone.misfit" : "phone.misfit-unsigned"));
  return words.length ? make("p", "values", words.join(" ")) : null;
}
