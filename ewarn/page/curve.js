/** People against time, as points of a line. Pure: no DOM, no clock. */

import {NOTHING_DUE} from "./tally.js";

/** Points of a curve: enough for every pixel that matters, few enough to be worked out while a drill goes on. */
export const STEPS = 240;

const FUZZ = 1e-7; // arrivals are in single precision, which puts some by such a share past their instant

/** People warned in time by each of STEPS + 1 instants from 0 to `end_s`: a play's tally, asked at each. */
export function warnedBy(show, play, end_s) {
  return Array.from({length: STEPS + 1}, (_, step) => show.tally(play, (step * end_s) / STEPS).in_time);
}

/** S arrivals of people to whom a warning is due, seconds, the soonest first. */
export function arrivalsDue({count, s, level}) {
  return Float32Array.from({length: count}, (_, who) => (level[who] >= NOTHING_DUE ? Infinity : s[who])).sort();
}

/** How many of sorted `arrivals` lie at or before `at`. */
export function arrivedBy(arrivals, at) {
  let [low, high] = [0, arrivals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (arrivals[middle] <= at + FUZZ * Math.abs(at)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** People whom S has reached by each of the instants of `warnedBy`, from their sorted arrivals. */
export function reachedBy(arrivals, end_s) {
  return Array.from({length: STEPS + 1}, (_, step) => arrivedBy(arrivals, (step * end_s) / STEPS));
}

/** Points as the path of an SVG of `width` x `height`, `most` at its top; what does not change takes no room. */
export function pathOf(points, most, width, height) {
  const x = (step) => Number(((step * width) / STEPS).toFixed(1));
  const y = (value) => Number((height - (value * height) / Math.max(1, most)).toFixed(1));
  const turns = points.map((_, step) => step).filter((step) => step === 0 || step === STEPS || points[step] !== points[step - 1] || points[step] !== points[step + 1]);
  return `M${turns.map((step) => `${x(step)} ${y(points[step])}`).join("L")}`;
}
