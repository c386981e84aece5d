/** How many users live where, as a soft shade: dots that lie on each other do not show it. */

import {drawOver, still} from "./map-relief.js";
import {NOTHING_DUE} from "./tally.js";

const ACROSS = 160; // cells over the box of the users
const DOWN = 120;
const SOFT = 3; // times that a cell is shared out with its neighbours
const ROUND = SOFT; // cells around the box, which a shade may reach
const [WIDE, HIGH] = [ACROSS + 2 * ROUND, DOWN + 2 * ROUND];
const DARKEST = 0.5;

/** Shade of a column of users; counted anew when they are others. */
export class Density {
  #users = null;
  #version = -1;
  #colour = null;
  #canvas = document.createElement("canvas");

  /** Whether the picture is another than before. */
  update(users, css) {
    const version = users?.version ?? -1;
    if (users === this.#users && version === this.#version && css.ink === this.#colour) return false;
    [this.#users, this.#version, this.#colour] = [users, version, css.ink];
    const cells = counted(users);
    [this.#canvas.width, this.#canvas.height] = [WIDE, HIGH];
    const paper = still(this.#canvas);
    const pixels = paper.createImageData(WIDE, HIGH);
    const [red, green, blue] = css.ink.match(/[\d.]+/g).map(Number);
    const most = cells.reduce((most, cell) => Math.max(most, cell), 1e-9);
    cells.forEach((cell, i) => pixels.data.set([red, green, blue, 255 * DARKEST * (cell / most) ** 0.35], 4 * i));
    paper.putImageData(pixels, 0, 0);
    return true;
  }

  draw(paper, projection, box) {
    if (this.#users?.count) drawOver(paper, projection, this.#canvas, around(box));
  }
}

/** The box of the users with the cells around it. */
function around([west, south, east, north]) {
  const [aside, above] = [(ROUND * (east - west)) / ACROSS, (ROUND * (north - south)) / DOWN];
  return [west - aside, south - above, east + aside, north + above];
}

/** Users by cell, the northernmost row first, spread a little. */
export function counted(users) {
  let cells = new Float32Array(WIDE * HIGH);
  for (let who = 0; who < (users?.count ?? 0); who += 1) {
    if (users.level[who] >= NOTHING_DUE && !users.s[who]) continue; // of whom nothing is known yet
    const [column, row] = [(users.x[who] * ACROSS) >> 16, DOWN - 1 - ((users.y[who] * DOWN) >> 16)];
    cells[(ROUND + row) * WIDE + ROUND + column] += 1;
  }
  for (let i = 0; i < SOFT; i += 1) cells = spread(spread(cells, 1), WIDE);
  return cells;
}

/** Each cell's users, half of them left where they are and a quarter on each side. */
function spread(cells, step) {
  return cells.map((cell, i) => cell / 2 + ((cells[i - step] ?? 0) + (cells[i + step] ?? 0)) / 4);
}
