/** Figures in words that never contradict what was judged by the number itself. */

import {t} from "./words.js";

const MOST_DIGITS = 9;

/** A share of one in per cent: never rounded up to all, nor down to none. */
export function percent(share) {
  if (share > 0 && share < 0.0001) return t("figure.under", "0.01");
  if (share < 1 && share > 0.9999) return t("figure.over", "99.99");
  return t("figure.percent", (share * 100).toFixed(2).replace(/\.?0+$/, ""));
}

/** A number with so many decimals, or as many as it takes to stand on its own side of the limit. */
export function besideLimit(value, limit, decimals) {
  for (let digits = decimals; digits < MOST_DIGITS && value !== limit; digits += 1) {
    const said = value.toFixed(digits);
    if (Number(said) !== limit && Number(said) > limit === value > limit) return said;
  }
  return value.toFixed(decimals);
}
