/** Stations: nearly unseen until P is there, then lit. Those lit before are left as they are painted. */

const STATION_PX = 3; // on a map of 600 pixels; smaller on smaller ones
const QUIET = 0.13; // how much of a station is seen before P
const LIT = 0.5;

/** Paints on a 2D context of its own. */
export class Stations {
  #paper;
  #sorted = []; // by P
  #lit = 0;
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
    if (!this.#known) this.#sorted = [...(scene?.stations ?? [])].sort((one, other) => one[2] - other[2]);
    if (!this.#known || at < (this.#sorted[this.#lit - 1]?.[2] ?? -Infinity)) {
      paper.setTransform(ratio, 0, 0, ratio, 0, 0);
      paper.clearRect(0, 0, projection.width, projection.height);
      this.#triangles(projection, this.#sorted);
      paper.lineWidth = 1;
      paper.strokeStyle = css.muted;
      paper.globalAlpha = QUIET;
      paper.stroke();
      this.#lit = 0;
    }
    this.#known = true;
    const before = this.#lit;
    while (this.#lit < this.#sorted.length && this.#sorted[this.#lit][2] <= at) this.#lit += 1;
    if (this.#lit === before) return;
    this.#triangles(projection, this.#sorted.slice(before, this.#lit));
    paper.globalAlpha = LIT;
    paper.fillStyle = css["p-wave"];
    paper.fill();
  }

  #triangles(projection, stations) {
    const paper = this.#paper;
    const size = STATION_PX * Math.min(1, Math.max(0.6, projection.width / 600)) * Math.min(2, projection.zoom ** 0.3);
    paper.beginPath();
    for (const [latitude, longitude] of stations) {
      const [x, y] = [projection.x(longitude), projection.y(latitude)];
      paper.moveTo(x, y - size);
      paper.lineTo(x + size, y + size * 0.8);
      paper.lineTo(x - size, y + size * 0.8);
      paper.closePath();
    }
  }
}
