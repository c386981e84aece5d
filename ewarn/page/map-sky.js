/** The uppermost layer, drawn anew each frame: fronts, blind zone, epicentres, towns, the phone, the cross of keys, all labels. */

import {shakeColour} from "./map-field.js";
import {placeLabels} from "./map-labels.js";
import {crosshair, pin, polygon, saltire, star, town} from "./map-marks.js";
import {areaLabels, besideLabel, Corners, frontLabel, numeralLabels, townLabels, townName, Words} from "./map-words.js";
import {ellipseRadius} from "./projection.js";
import {frontKm} from "./show.js";
import {t} from "./words.js";

/** Draws on a 2D context what a show has at second `at` of a play. */
export class Sky {
  #paper;
  #words;
  #corners = new Corners();
  #placed = new Map();
  #wanted = [];

  constructor(paper) {
    this.#paper = paper;
    this.#words = new Words(paper);
  }

  /** What is written where: [{id, words, box: [left, top, right, bottom]}], pixels of the map. */
  get labels() {
    const words = new Map(this.#wanted.map((one) => [one.id, one.words]));
    return [...this.#placed.values()].map(({ id, box }) => ({ id, words: words.get(id), box }));
  }

  /** `marks`: {phone, cross}, places or null; `css`: colours by name; `land`: {prefectures, provinces, wide: whether it is more than one province}; `taken`: boxes where no label may lie. */
  draw(projection, css, show, run, at, marks, land, taken) {
    const paper = this.#paper;
    paper.clearRect(0, 0, projection.width, projection.height);
    paper.lineJoin = "round";
    const scene = show?.scene ?? null;
    const free = { width: projection.width, height: projection.height, taken: [...taken] };
    this.#wanted = [];
    if (marks.phone) this.#phone(projection, css, marks.phone, free);
    if (scene) this.#scene(projection, css, scene, run, at, land, free);
    this.#areas(projection, css, scene, land, land.wide);
    if (marks.phone) pin(paper, pixel(projection, marks.phone), css);
    if (marks.cross) crosshair(paper, pixel(projection, marks.cross), css);
    this.#write(css, free);
  }

  /** From what matters most to what matters least: of two labels without room for both, the first is written. */
  #scene(projection, css, scene, run, at, land, free) {
    const blind = this.#blindZone(projection, css, scene, run, at);
    const fronts = ["s", "p"].map((wave) => this.#front(projection, css, scene, wave, at));
    this.#towns(projection, css, scene, at, free);
    this.#reports(projection, css, run, at, free);
    const epicentre = pixel(projection, scene.quake);
    star(this.#paper, epicentre, css);
    free.taken.push(square(epicentre, 9));
    this.#wanted.push(...blind, ...townLabels(this.#words, projection, css, scene, land.prefectures, at), ...fronts.flat());
    if (scene.shaking) this.#wanted.push(...numeralLabels(this.#words, projection, css, scene, at));
  }

  /** Where S comes before the first report: it grows with S until that is out, then it stays. */
  #blindZone(projection, css, scene, run, at) {
    const { latitude, longitude } = scene.quake;
    const release = run?.first_release_s ?? Infinity;
    const km = frontKm(scene.fronts.s_s, scene.fronts.distance_km, Math.min(at, release));
    if (!km) return [];
    const paper = this.#paper;
    polygon(paper, projection.ring(latitude, longitude, km));
    paper.globalAlpha = 0.12;
    paper.fillStyle = css.blind;
    paper.fill();
    paper.globalAlpha = 1;
    if (at < release) return [];
    paper.setLineDash([2, 4]);
    paper.lineWidth = 2;
    paper.strokeStyle = css.blind;
    paper.stroke();
    paper.setLineDash([]);
    const words = `${t("fate.blind_zone")} ${Math.round(km)} km`;
    const around = [pixel(projection, scene.quake), km * projection.perKm, css.blind];
    return [besideLabel(this.#words, css, "blind zone", words, ...around)];
  }

  #front(projection, css, scene, wave, at) {
    const times = scene.fronts[`${wave}_s`];
    if (at > times[times.length - 1]) return []; // beyond what is known of it
    const km = frontKm(times, scene.fronts.distance_km, at);
    if (!km) return [];
    const paper = this.#paper;
    const points = projection.ring(scene.quake.latitude, scene.quake.longitude, km);
    polygon(paper, points);
    paper.lineWidth = 2.5;
    paper.strokeStyle = css[`${wave}-wave`];
    paper.setLineDash(wave === "p" ? [9, 6] : []);
    paper.stroke();
    paper.setLineDash([]);
    return [frontLabel(this.#words, css, wave, points)];
  }

  #towns(projection, css, scene, at, free) {
    for (const one of scene.towns ?? []) {
      const where = pixel(projection, one);
      town(this.#paper, where, css, one.s_s <= at ? (shakeColour(css, one.intensity) ?? css.panel) : null);
      free.taken.push(square(where, 3));
    }
  }

  /** The newest report's epicentre with magnitude and ellipse; those before it faint. */
  #reports(projection, css, run, at, free) {
    const out = (run?.reports ?? []).filter((report) => report.release_s <= at);
    const newest = out.at(-1);
    if (!newest) return;
    const paper = this.#paper;
    paper.strokeStyle = css.ink;
    paper.lineWidth = 1.5;
    paper.globalAlpha = 0.3;
    for (const report of out.slice(0, -1)) saltire(paper, pixel(projection, report), 4);
    paper.globalAlpha = 1;
    if (newest.ellipse) {
      polygon(paper, projection.ring(newest.latitude, newest.longitude, ellipseRadius(newest.ellipse)));
      paper.stroke();
    }
    paper.lineWidth = 2.5;
    const where = pixel(projection, newest);
    saltire(paper, where, 7);
    free.taken.push(square(where, 7));
    const cancelled = newest.status === "cancel" ? ` ${t("map.cancelled")}` : "";
    const words = `${t("map.report", newest.number, newest.magnitude.toFixed(1))}${cancelled}`;
    this.#wanted.push(besideLabel(this.#words, css, "report", words, where, 12, css.ink));
  }

  #phone(projection, css, place, free) {
    const [x, y] = pixel(projection, place);
    free.taken.push([x - 7, y - 22, x + 7, y]);
    this.#wanted.push(besideLabel(this.#words, css, "phone", t("map.phone"), [x, y - 12], 10, css.accent));
  }

  #areas(projection, css, scene, land, wide) {
    const taken = new Set((scene?.towns ?? []).map((one) => townName(one, land.prefectures)));
    const inView = (rings) => this.#corners.of(projection, rings);
    const [near, far] = ["prefectures", "provinces"].map((kind) =>
      areaLabels(this.#words, projection, css, land[kind] ?? [], kind, taken, kind === "provinces" ? inView : null));
    this.#wanted.push(...(wide ? [...far, ...near] : [...near, ...far]));
  }

  #write(css, free) {
    const paper = this.#paper;
    this.#placed = placeLabels(this.#wanted, free, this.#placed);
    paper.textBaseline = "middle";
    paper.lineWidth = 3.5;
    paper.strokeStyle = css.paper;
    for (const { id, words, font, colour } of this.#wanted) {
      const at = this.#placed.get(id);
      if (!at) continue;
      paper.font = font;
      paper.textAlign = at.align;
      paper.strokeText(words, at.x, at.y);
      paper.fillStyle = colour;
      paper.fillText(words, at.x, at.y);
    }
  }
}

function pixel(projection, { latitude, longitude }) {
  return [projection.x(longitude), projection.y(latitude)];
}

function square([x, y], half) {
  return [x - half, y - half, x + half, y + half];
}
