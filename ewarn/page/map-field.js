/** Who shakes: bands of the true intensity, as far as S has come, and where they will lie. */

import {frontKm} from "./show.js";

/** Roman numerals of intensity, by degree. */
export const NUMERALS = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];
const STRONGEST = 10; // degree from which on the colour is the same
const STEPS = 180;
const NUMERAL_ROOM_PX = 13; // width of a band that has room for its numeral
const NUMERAL_TURNS = [0.25, 0.75, 0.5, 0, 0.375, 0.625, 0.125, 0.875]; // of a full turn from north, tried in turn

/** The colour of a degree among those of the theme. */
export function shakeColour(css, degree) {
  return css[`shake-${Math.min(STRONGEST, Math.floor(degree))}`];
}

/** Paints bands on a 2D context; they are traced anew only when scene, view or theme change. */
export class Field {
  #paper;
  #bands = document.createElement("canvas");
  #lines = document.createElement("canvas");
  #drawn = null; // front of the picture that stands
  #known = false;

  constructor(paper) {
    this.#paper = paper;
  }

  /** Size, view, theme or scene are others now. */
  forget() {
    this.#known = false;
  }

  draw(projection, css, scene, ratio, at) {
    const paper = this.#paper;
    const front = scene?.shaking ? (frontKm(scene.fronts.s_s, scene.fronts.distance_km, at) ?? 0) : null;
    if (this.#known && front === this.#drawn) return;
    if (!this.#known) this.#trace(projection, css, scene, ratio);
    this.#known = true;
    this.#drawn = front;
    const { width, height } = projection;
    paper.setTransform(ratio, 0, 0, ratio, 0, 0);
    paper.clearRect(0, 0, width, height);
    if (front === null) return;
    paper.drawImage(this.#lines, 0, 0, width, height);
    if (!front) return;
    paper.save();
    const { latitude, longitude } = scene.quake;
    trace(paper, projection.ring(latitude, longitude, front, STEPS));
    paper.clip();
    paper.drawImage(this.#bands, 0, 0, width, height);
    paper.restore();
  }

  #trace(projection, css, scene, ratio) {
    const [bands, lines] = [this.#bands, this.#lines].map((canvas) => {
      canvas.width = Math.round(projection.width * ratio);
      canvas.height = Math.round(projection.height * ratio);
      const paper = canvas.getContext("2d");
      paper.setTransform(ratio, 0, 0, ratio, 0, 0);
      return paper;
    });
    const { latitude, longitude } = scene?.quake ?? {};
    lines.setLineDash([2, 3]);
    for (const line of scene?.shaking?.lines ?? []) {
      const points = projection.ring(latitude, longitude, reach(scene.shaking, line), STEPS);
      trace(bands, points);
      bands.fillStyle = shakeColour(css, line.degree);
      bands.fill();
      bands.strokeStyle = css["shake-line"];
      bands.stroke();
      trace(lines, points);
      lines.strokeStyle = css.muted;
      lines.globalAlpha = 0.55;
      lines.stroke();
    }
  }
}

/** How far out a line lies, km, as a function of the azimuth in radians. */
export function reach({ azimuth_deg: begin }, { km }) {
  const perTurn = km.length / (2 * Math.PI);
  return (azimuth) => {
    const position = (azimuth - (begin * Math.PI) / 180) * perTurn;
    const whole = Math.floor(position);
    const [here, next] = [whole, whole + 1].map((i) => km[((i % km.length) + km.length) % km.length]);
    return here + (position - whole) * (next - here);
  };
}

/** Numerals that are wanted on the bands where S has passed: [{degree, spots}], the strongest first. */
export function numeralSpots(projection, scene, at) {
  const front = frontKm(scene.fronts.s_s, scene.fronts.distance_km, at) ?? 0;
  const { lines } = scene.shaking;
  const { latitude, longitude } = scene.quake;
  return lines.map((line, index) => {
    const [outer, inner] = [reach(scene.shaking, line), lines[index + 1] ? reach(scene.shaking, lines[index + 1]) : () => 0];
    const spots = [];
    for (const turn of NUMERAL_TURNS) {
      const [from, to] = [inner(2 * Math.PI * turn), outer(2 * Math.PI * turn)];
      const middle = (from + to) / 2;
      if (middle > front || (to - from) * projection.perKm < NUMERAL_ROOM_PX) continue;
      const [x, y] = projection.point(latitude, longitude, 2 * Math.PI * turn, middle);
      spots.push([x, y, "center"]);
    }
    return { degree: line.degree, spots };
  }).reverse();
}

function trace(paper, points) {
  paper.beginPath();
  for (let i = 0; i < points.length; i += 2) paper.lineTo(points[i], points[i + 1]);
  paper.closePath();
}
