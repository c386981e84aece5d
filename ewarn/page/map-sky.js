/** The uppermost layer, drawn anew each frame: stations, fronts, blind zone, epicentres, the phone and the cross of keys. */

import {t} from "./words.js";
import {ellipseRadius} from "./projection.js";
import {frontKm} from "./show.js";

const STATION_PX = 3; // on a map of 600 pixels; smaller on smaller ones
const LABEL_PX = 12;

/** Draws on a 2D context what a show has at second `at` of a play. */
export class Sky {
  #paper;
  #stations = { scene: null, projection: null, zoom: 0, left: 0, top: 0, lit: -1, hollow: null, filled: null };

  constructor(paper) {
    this.#paper = paper;
  }

  /** `marks`: {phone, cross}, places or null; `css`: colours by name. */
  draw(projection, css, show, run, at, marks) {
    const paper = this.#paper;
    paper.clearRect(0, 0, projection.width, projection.height);
    paper.lineJoin = "round";
    paper.font = `600 ${LABEL_PX}px ${css.sans}`;
    if (show?.scene) this.#scene(projection, css, show.scene, run, at);
    if (marks.phone) this.#phone(projection, css, marks.phone);
    if (marks.cross) this.#cross(projection, css, marks.cross);
  }

  #scene(projection, css, scene, run, at) {
    this.#blindZone(projection, css, scene, run, at);
    this.#drawStations(projection, css, scene, at);
    this.#front(projection, css, scene, scene.fronts.p_s, at, "p");
    this.#front(projection, css, scene, scene.fronts.s_s, at, "s");
    this.#reports(projection, css, run, at);
    this.#star(projection.x(scene.quake.longitude), projection.y(scene.quake.latitude), css);
  }

  /** Where S comes before the first report: it grows with S until that is out, then it stays. */
  #blindZone(projection, css, scene, run, at) {
    const { latitude, longitude } = scene.quake;
    const release = run?.first_release_s ?? Infinity;
    const km = frontKm(scene.fronts.s_s, scene.fronts.distance_km, Math.min(at, release));
    if (!km) return;
    const paper = this.#paper;
    polygon(paper, projection.ring(latitude, longitude, km));
    paper.globalAlpha = 0.12;
    paper.fillStyle = css.blind;
    paper.fill();
    paper.globalAlpha = 1;
    if (at < release) return;
    paper.setLineDash([2, 4]);
    paper.lineWidth = 2;
    paper.strokeStyle = css.blind;
    paper.stroke();
    paper.setLineDash([]);
    const [x, y] = [projection.x(longitude), projection.y(latitude) + km * projection.perKm];
    this.#label(`${t("fate.blind_zone")} ${Math.round(km)} km`, x, y + LABEL_PX, css.blind, css, "center");
  }

  #front(projection, css, scene, times, at, wave) {
    const { latitude, longitude } = scene.quake;
    const last = times[times.length - 1];
    if (at > last) return; // beyond what is known of it
    const km = frontKm(times, scene.fronts.distance_km, at);
    if (!km) return;
    const paper = this.#paper;
    const points = projection.ring(latitude, longitude, km);
    polygon(paper, points);
    paper.lineWidth = 2.5;
    paper.strokeStyle = css[`${wave}-wave`];
    paper.setLineDash(wave === "p" ? [9, 6] : []);
    paper.stroke();
    paper.setLineDash([]);
    const [x, y] = labelSpot(points, projection);
    if (x !== undefined) this.#label(wave.toUpperCase(), x, y, css[`${wave}-wave`], css, "center");
  }

  /** Triangles, filled once P has passed; their paths are built anew only when one more lights up or the view moves. */
  #drawStations(projection, css, scene, at) {
    let lit = 0;
    for (const station of scene.stations) lit += station[2] <= at;
    const kept = this.#stations;
    const { zoom, left, top } = projection;
    const same = kept.scene === scene && kept.projection === projection && kept.zoom === zoom;
    if (!same || kept.left !== left || kept.top !== top || kept.lit !== lit) {
      const [hollow, filled] = [new Path2D(), new Path2D()];
      const size = STATION_PX * Math.min(1, Math.max(0.6, projection.width / 600)) * Math.min(2, zoom ** 0.3);
      for (const [latitude, longitude, p_s] of scene.stations) {
        triangle(p_s <= at ? filled : hollow, projection.x(longitude), projection.y(latitude), size);
      }
      this.#stations = { scene, projection, zoom, left, top, lit, hollow, filled };
    }
    const paper = this.#paper;
    paper.lineWidth = 1;
    paper.strokeStyle = css.muted;
    // There are some 2,000: they step back behind the users, whom the map is about.
    paper.globalAlpha = 0.3;
    paper.stroke(this.#stations.hollow);
    paper.globalAlpha = 0.5;
    paper.fillStyle = css["p-wave"];
    paper.fill(this.#stations.filled);
    paper.globalAlpha = 1;
  }

  /** The newest report's epicentre with magnitude and ellipse; those before it faint. */
  #reports(projection, css, run, at) {
    const out = (run?.reports ?? []).filter((report) => report.release_s <= at);
    const newest = out.at(-1);
    if (!newest) return;
    const paper = this.#paper;
    paper.strokeStyle = css.ink;
    paper.lineWidth = 1.5;
    paper.globalAlpha = 0.3;
    for (const report of out.slice(0, -1)) cross(paper, projection.x(report.longitude), projection.y(report.latitude), 4);
    paper.globalAlpha = 1;
    const { latitude, longitude, ellipse } = newest;
    if (ellipse) {
      polygon(paper, projection.ring(latitude, longitude, ellipseRadius(ellipse)));
      paper.stroke();
    }
    paper.lineWidth = 2.5;
    const [x, y] = [projection.x(longitude), projection.y(latitude)];
    cross(paper, x, y, 7);
    const cancelled = newest.status === "cancel" ? ` ${t("map.cancelled")}` : "";
    const label = `#${newest.number} M ${newest.magnitude.toFixed(1)}${cancelled}`;
    this.#label(label, x + 12, y - 12, css.ink, css, "left");
  }

  #star(x, y, css) {
    const paper = this.#paper;
    paper.beginPath();
    for (let i = 0; i < 10; i += 1) {
      const [radius, angle] = [i % 2 ? 3.6 : 9, (Math.PI * i) / 5];
      paper.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle));
    }
    paper.closePath();
    paper.lineWidth = 3;
    paper.strokeStyle = css.paper;
    paper.stroke();
    paper.fillStyle = css["s-wave"];
    paper.fill();
  }

  #phone(projection, css, { latitude, longitude }) {
    const paper = this.#paper;
    const [x, y] = [projection.x(longitude), projection.y(latitude)];
    paper.beginPath();
    paper.moveTo(x, y);
    paper.lineTo(x - 6, y - 12);
    paper.arc(x, y - 15, 6.7, 0.85 * Math.PI, 2.15 * Math.PI);
    paper.closePath();
    paper.lineWidth = 3;
    paper.strokeStyle = css.paper;
    paper.stroke();
    paper.fillStyle = css.accent;
    paper.fill();
    paper.beginPath();
    paper.arc(x, y - 15, 2.5, 0, 2 * Math.PI);
    paper.fillStyle = css.paper;
    paper.fill();
    this.#label(t("map.phone"), x + 10, y - 16, css.accent, css, "left");
  }

  #cross(projection, css, { latitude, longitude }) {
    const paper = this.#paper;
    const [x, y] = [Math.round(projection.x(longitude)) + 0.5, Math.round(projection.y(latitude)) + 0.5];
    for (const [width, colour] of [[4, css.paper], [1.5, css.accent]]) {
      paper.lineWidth = width;
      paper.strokeStyle = colour;
      paper.beginPath();
      for (const [right, down] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        paper.moveTo(x + 5 * right, y + 5 * down);
        paper.lineTo(x + 22 * right, y + 22 * down);
      }
      paper.stroke();
    }
  }

  #label(words, x, y, colour, css, align) {
    const paper = this.#paper;
    paper.textAlign = align;
    paper.textBaseline = "middle";
    paper.lineWidth = 4;
    paper.strokeStyle = css.paper;
    paper.strokeText(words, x, y);
    paper.fillStyle = colour;
    paper.fillText(words, x, y);
  }
}

function polygon(paper, points) {
  paper.beginPath();
  for (let i = 0; i < points.length; i += 2) paper.lineTo(points[i], points[i + 1]);
  paper.closePath();
}

function triangle(path, x, y, size) {
  path.moveTo(x, y - size);
  path.lineTo(x + size, y + size * 0.8);
  path.lineTo(x - size, y + size * 0.8);
  path.closePath();
}

function cross(paper, x, y, size) {
  paper.beginPath();
  paper.moveTo(x - size, y - size);
  paper.lineTo(x + size, y + size);
  paper.moveTo(x - size, y + size);
  paper.lineTo(x + size, y - size);
  paper.stroke();
}

/** The point of a ring, from its top onwards, that lies well inside the picture; [] if none does. */
function labelSpot(points, { width, height }) {
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    if (x > 12 && x < width - 12 && y > 12 && y < height - 12) return [x, y];
  }
  return [];
}
