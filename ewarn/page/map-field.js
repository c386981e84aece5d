/** Who shakes: bands of the true intensity, as far as S has come, and where they will lie. */

import {polygon} from "./map-marks.js";
import {still} from "./map-relief.js";
import {frontKm} from "./show.js";

const STRONGEST = 10; // degree from which on the colour is the same
const STEPS = 180;
const SEAM_PX = 3;
const NUMERAL_ROOM_PX = 13; // width of a band that has room for its numeral
const NUMERAL_TURNS = [0.25, 0.75, 0.5, 0, 0.375, 0.625, 0.125, 0.875]; // of a full turn from north, tried in turn

/** The colour of a degree among those of the theme. */
export function shakeColour(css, degree) {
  return css[`shake-${Math.min(STRONGEST, Math.floor(degree))}`];
}

/** Paints bands on a 2D context of its own: while S goes out, what it has newly reached is added to what is painted. */
export class Field {
  #paper;
  #bands = document.createElement("canvas");
  #lines = document.createElement("canvas");
  #pattern = null; // of the bands
  #front = 0; // km, as far as is painted
  #known = false;

  constructor(paper) {
    this.#paper = paper;
  }

  /** Size, view, theme or scene are others now. */
  forget() {
    this.#known = false;
  }

  /** The picture at second `at`; `shade(paper)` draws upon the bands what they must not hide. */
  draw(projection, css, scene, ratio, at, shade) {
    const front = scene?.shaking ? (frontKm(scene.fronts.s_s, scene.fronts.distance_km, at) ?? 0) : 0;
    if (!this.#known || front < this.#front) this.#begin(projection, css, scene, ratio, shade);
    if (front > this.#front) this.#add(projection, scene.quake, ratio, front);
  }

  /** Where the lines will lie. */
  #begin(projection, css, scene, ratio, shade) {
    if (!this.#known) this.#trace(projection, css, scene, ratio, shade);
    this.#known = true;
    this.#front = 0;
    const paper = this.#paper;
    paper.setTransform(1, 0, 0, 1, 0, 0);
    paper.clearRect(0, 0, paper.canvas.width, paper.canvas.height);
    if (scene?.shaking) paper.drawImage(this.#lines, 0, 0);
  }

  /** A ring, from a little within what is painted, so that no seam is seen. Pixels of the device, as the bands have them. */
  #add(projection, { latitude, longitude }, ratio, front) {
    const paper = this.#paper;
    const within = this.#front - SEAM_PX / projection.perKm;
    paper.beginPath();
    for (const km of within > 0 ? [front, within] : [front]) ring(paper, projection.ring(latitude, longitude, km, STEPS), ratio);
    paper.fillStyle = this.#pattern;
    paper.fill("evenodd");
    this.#front = front;
  }

  #trace(projection, css, scene, ratio, shade) {
    const [bands, lines] = [this.#bands, this.#lines].map((canvas) => {
      canvas.width = Math.round(projection.width * ratio);
      canvas.height = Math.round(projection.height * ratio);
      const paper = still(canvas);
      paper.setTransform(ratio, 0, 0, ratio, 0, 0);
      return paper;
    });
    const { latitude, longitude } = scene?.quake ?? {};
    lines.setLineDash([2, 3]);
    for (const line of scene?.shaking?.lines ?? []) {
      const points = projection.ring(latitude, longitude, reach(scene.shaking, line), STEPS);
      polygon(bands, points);
      bands.fillStyle = shakeColour(css, line.degree);
      bands.fill();
      bands.strokeStyle = css["shake-line"];
      bands.stroke();
      polygon(lines, points);
      lines.strokeStyle = css.muted;
      lines.globalAlpha = 0.55;
      lines.stroke();
    }
    shade(bands);
    this.#pattern = this.#paper.createPattern(this.#bands, "no-repeat");
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

function ring(paper, points, ratio) {
  paper.moveTo(ratio * points[0], ratio * points[1]);
  for (let i = 2; i < points.length; i += 2) paper.lineTo(ratio * points[i], ratio * points[i + 1]);
  paper.closePath();
}
