/** Two small charts that grow with the clock: the magnitude that each report had, and how far its epicentre was off. */

import {estimates, scaleOf} from "./estimates.js";
import {drawn, element} from "./elements.js";
import {onLanguage, t} from "./words.js";

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [320, 132, 30, 14, 18];
const FEWEST = 4; // reports that there is room for, at the least
const MOST_NUMBERED = 12; // with more, only some have their number below and their value above
const CHARTS = {
  magnitude: {least: 1, floor: -Infinity, digits: 1, truth: (quake) => quake.magnitude},
  off_km: {least: 10, floor: 0, digits: 0, truth: () => 0},
};

/** Fills `box` with a figure a chart. */
export class EstimatesView {
  #box;
  #show;
  #said = "";

  constructor(box, show) {
    [this.#box, this.#show] = [box, show];
    show.onChange((kind) => {
      if (kind === "scene") this.#said = "";
    });
    onLanguage(() => {
      this.#said = "";
    });
  }

  /** As it stands at `at` seconds after origin: reports that are yet to come are not there. */
  draw(at) {
    const {scene, plays} = this.#show;
    const found = scene ? estimates(plays[0]?.reports ?? [], scene.quake).filter(({release_s}) => release_s <= at) : [];
    const said = `${scene?.quake.id} ${found.length}`;
    if (said === this.#said) return;
    this.#said = said;
    this.#box.replaceChildren(...(found.length ? Object.keys(CHARTS).map((name) => chart(name, found, scene.quake)) : []));
  }
}

function chart(name, found, quake) {
  const {least, floor, digits, truth} = CHARTS[name];
  const [values, true_] = [found.map((one) => one[name]), truth(quake)];
  const [low, high] = scaleOf([...values, true_], least, floor);
  const count = Math.max(FEWEST, found.length);
  const x = (index) => LEFT + ((index + 0.5) * (WIDTH - LEFT)) / count;
  const y = (value) => TOP + ((high - value) * (HEIGHT - TOP - BOTTOM)) / (high - low);
  const figure = element("figure", `estimate of-${name}`);
  const caption = element("figcaption");
  caption.textContent = t(`estimate.${name}`);
  const listed = values.map((value) => value.toFixed(digits)).join(", ");
  const svg = drawn("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": t(`estimate.${name}-label`, listed, true_.toFixed(digits))});
  svg.append(
    drawn("line", {class: "estimate-truth", x1: LEFT, x2: WIDTH, y1: y(true_), y2: y(true_)}),
    drawn("text", {class: "estimate-scale", x: LEFT - 4, y: y(true_) + 4, "text-anchor": "end"}, true_.toFixed(digits)),
    drawn("path", {class: "estimate-line", d: `M${values.map((value, index) => `${x(index)} ${y(value)}`).join("L")}`}),
    ...found.flatMap((one, index) => marks(one, index, {x: x(index), y: y(values[index]), said: values[index].toFixed(digits), every: Math.ceil(found.length / MOST_NUMBERED)})),
  );
  figure.append(caption, svg);
  return figure;
}

function marks({number}, index, {x, y, said, every}) {
  const dot = drawn("circle", {class: "estimate-dot", cx: x, cy: y, r: 3.5});
  if (index % every) return [dot];
  const words = [[y - 7, said], [HEIGHT - 4, number]];
  return [dot, ...words.map(([at, text]) => drawn("text", {x, y: at, "text-anchor": "middle"}, String(text)))];
}
