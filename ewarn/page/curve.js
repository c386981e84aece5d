/** People against time, as points of a line. Pure: no DOM, no clock. */

import {NOTHING_DUE} from "./tally.js";

/** Points of a curve: enough for every pixel that matters, few enough to be worked out while a drill goes on. */
export const STEPS = 240;

/** People warned in time by each of STEPS + 1 instants from 0 to `end_s`: a play's tally, asked at each. */
export function warnedBy(show, play, end_s) {
  return Array.from({length: STEPS + 1}, (_, step) => show.tally(play, (step * end_s) / STEPS).in_time);
}

/** People to whom a warning is due and whom S has reached by each instant. */
export function reachedBy({count, s, level}, end_s) {
  const bins = new Array(STEPS + 1).fill(0);
  for (let who = 0; who < count; who += 1) {
    if (level[who] >= NOTHING_DUE) continue;
    const step = Math.ceil((s[who] * STEPS) / end_s - 1e-4);
    if (step <= STEPS) bins[Math.max(0, step)] += 1;
  }
  for (let step = 1; step <= STEPS; step += 1) bins[step] += bins[step - 1];
  return bins;
}

/** What a curve says at `at` seconds: the last point at or before it. */
export function valueAt(points, at, end_s) {
  return points[Math.max(0, Math.min(STEPS, Math.floor((at * STEPS) / end_s + 1e-6)))];
}

/** Points as the path of an SVG of `width` x `height`, `most` at its top; what does not change takes no room. */
export function pathOf(points, most, width, height) {
  const x = (step) => Number(((step * width) / STEPS).toFixed(1));
  const y = (value) => Number((height - (value * height) / Math.max(1, most)).toFixed(1));
  const turns = points.map((_, step) => step).filter((step) => step === 0 || step === STEPS || points[step] !== points[step - 1] || points[step] !== points[step + 1]);
  return `M${turns.map((step) => `${x(step)} ${y(points[step])}`).join("L")}`;
}
