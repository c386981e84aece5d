/** How an intensity is said, on the map and on the phone: cut off and not rounded, as levels are. Pure. */

/** Roman numerals, by degree. */
export const NUMERALS = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

const HAIR = 1e-6; // of a tenth, by which a number like 4.6 may fall short of itself

/** A number with one decimal. */
export function cut(intensity) {
  return (Math.floor(intensity * 10 + HAIR) / 10).toFixed(1);
}

/** The Roman numeral of the degree; of what lies beyond the scale, that of its end. */
export function numeral(intensity) {
  return NUMERALS[Math.min(NUMERALS.length - 1, Math.max(1, Math.floor(intensity)))];
}
