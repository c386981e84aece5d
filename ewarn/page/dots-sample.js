/** A sample of the users on a plain 2D canvas, for browsers without WebGL2. */

import {NOTHING_DUE} from "./tally.js";
import {STATES, stateOf} from "./show.js";

/** Users drawn at most. */
export const SAMPLE = 8000;
const PAINTED = [0, 1, 4, 3, 2, 5]; // states from the bottom up, as dots.js has them
const HOLLOW = [3, 4];
const NOBODY_TOLD = { first: Infinity, due: Infinity, closed: Infinity };

/** Same calls as Dots. */
export class SampledDots {
  #paper;
  #view = null;
  #users = null;
  #run = null;

  constructor(canvas) {
    this.#paper = canvas.getContext("2d");
    this.renderer = "2D canvas";
    this.uploaded_bytes = 0;
  }

  show(users, run) {
    this.#users = users;
    this.#run = run ?? null;
  }

  view(view) {
    this.#view = { ...view, css: view.colours.map((rgb) => `rgb(${rgb.map((part) => Math.round(255 * part)).join(" ")})`) };
  }

  draw(t) {
    if (!this.#view) return;
    const { projection, ratio } = this.#view;
    this.#paper.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#paper.clearRect(0, 0, projection.width, projection.height);
    if (!this.#users) return;
    const whoIn = STATES.map(() => []);
    const step = Math.max(1, Math.ceil(this.#users.count / SAMPLE));
    for (let who = 0; who < this.#users.count; who += step) {
      const run = this.#run;
      if (run ? !run.due[who] : this.#users.level[who] >= NOTHING_DUE) continue;
      const [told, instants] = run ? [run.told[who], run.instants(who)] : [Infinity, NOBODY_TOLD];
      whoIn[stateOf(told, this.#users.s[who], instants, t)].push(who);
    }
    for (const state of PAINTED) this.#paint(state, whoIn[state]);
  }

  finish() {
    this.#paper.getImageData(0, 0, 1, 1);
  }

  remove() {
    this.#view = null;
  }

  #paint(state, who) {
    const { projection, box, size, css } = this.#view;
    const [west, south, east, north] = box;
    const [left, bottom] = [projection.x(west), projection.y(south)];
    const [across, up] = [(projection.x(east) - left) / 65535, (projection.y(north) - bottom) / 65535];
    const side = state === 0 ? 0.7 * size : size;
    this.#paper.fillStyle = css[state];
    this.#paper.strokeStyle = css[state];
    for (const one of who) {
      const x = left + this.#users.x[one] * across - side / 2;
      const y = bottom + this.#users.y[one] * up - side / 2;
      if (HOLLOW.includes(state)) this.#paper.strokeRect(x, y, side, side);
      else this.#paper.fillRect(x, y, side, side);
    }
  }
}
