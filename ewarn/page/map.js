/** The map of a quake: layers on a canvas each, from the ground to the sky, with picking, zoom and a legend. */

import {Dots} from "./dots.js";
import {SampledDots} from "./dots-sample.js";
import {coloursOf} from "./map-colours.js";
import {Field} from "./map-field.js";
import {listen} from "./map-gestures.js";
import {drawBorders, drawGround} from "./map-ground.js";
import {Legend} from "./map-legend.js";
import {Sky} from "./map-sky.js";
import {Stations} from "./map-stations.js";
import {prefectureAt} from "./prefectures.js";
import {Projection} from "./projection.js";
import {degrees, fill, onLanguage, t} from "./words.js";

const SICHUAN = [97.3, 26.0, 108.6, 34.4];
const CALM = "(prefers-reduced-motion: reduce)";
const SHARPEST = 3; // device pixels a pixel: more cannot be seen and costs much
const LAYERS = ["ground", "field", "stations", "dots", "borders", "sky"]; // from the bottom up
const FLASH_UP_TO = 60000; // users: with more, a flash is a blur that costs

/** Builds itself inside `element`; `outlines` is the content of outlines.json. */
export class QuakeMap {
  #land; // {prefectures}, as outlines.json has them
  #canvases = {};
  #field;
  #stations;
  #sky;
  #dots;
  #colours = null;
  #projection = null;
  #ratio = 1;
  #show = null;
  #play = 0;
  #scene = null; // the one that the projection and dots were set for
  #at = 0;
  #covered = []; // boxes under buttons and notes, where nothing may be written
  #marks = { phone: null, cross: null };
  #picked = [];
  #stale = true;
  #waitingFrame = false;
  #endings = [];

  constructor(element, outlines) {
    this.element = element;
    element.quakeMap = this; // so that whoever looks at the page can ask what is written on it
    this.#land = outlines;
    element.classList.add("quake-map");
    this.surface = child(element, "div", "map-surface");
    for (const layer of LAYERS) this.#canvases[layer] = child(this.surface, "canvas", `map-${layer}`);
    this.#field = new Field(this.#canvases.field.getContext("2d"));
    this.#stations = new Stations(this.#canvases.stations.getContext("2d"));
    this.#sky = new Sky(this.#canvases.sky.getContext("2d"));
    this.#dots = this.#startDots();
    this.#controls();
    this.legendList = new Legend();
    this.legend = this.legendList.element;
    element.append(this.legend);
    this.#listen();
    this.setTheme();
    this.#endings.push(onLanguage(() => this.#speak()));
  }

  /** Shows play 0 or 1 of a Show; the same one may be shown by several maps. */
  show(show, playIndex = 0) {
    if (show && show !== this.#show) show.onChange(() => show === this.#show && this.#redraw());
    this.#show = show;
    this.#play = playIndex;
    this.#redraw();
  }

  /** The picture at second `at` after origin; does nothing if nothing changed since the last. */
  draw(at) {
    if (at === this.#at && !this.#stale) return;
    this.#at = at;
    if ((this.#show?.scene ?? null) !== this.#scene) this.#layOut();
    if (!this.#projection) return;
    this.#stale = false;
    const run = this.#show?.plays[this.#play];
    this.#dots.show(this.#show?.users, run);
    this.#dots.draw(at);
    const { css } = this.#colours;
    for (const layer of [this.#field, this.#stations]) layer.draw(this.#projection, css, this.#scene, this.#ratio, at);
    this.#sky.draw(this.#projection, css, this.#show, run, at, this.#marks, this.#land, this.#covered);
    if (this.#scene) this.legendList.update(this.#show.tally(this.#play, at));
  }

  /** Waits until the dots are truly drawn: for measurements. */
  finish() {
    this.#dots.finish();
  }

  /** What is written on it, and where: [{id, words, box: [left, top, right, bottom]}], pixels from its upper left corner. */
  get labels() {
    return this.#sky.labels;
  }

  /** What draws the dots and the bytes sent to it so far. */
  get engine() {
    return { renderer: this.#dots.renderer, uploaded_bytes: this.#dots.uploaded_bytes };
  }

  /** The place under a point of the window, or null outside the map. */
  pick(clientX, clientY) {
    const { left, top, width, height } = this.surface.getBoundingClientRect();
    const [x, y] = [clientX - left, clientY - top];
    if (!this.#projection || x < 0 || y < 0 || x > width || y > height) return null;
    return this.#placeAt(x, y);
  }

  /** Calls `fn({latitude, longitude})` when a place is picked, by click or with the keyboard. */
  onPick(fn) {
    this.#picked.push(fn);
  }

  /** Where the phone is; null takes it off the map. */
  marker(place) {
    this.#marks.phone = place;
    this.#redraw();
  }

  /** Reads colours anew. */
  setTheme() {
    this.#colours = coloursOf(this.element);
    this.#paintGround();
    this.#setDotsView();
    this.#redraw();
  }

  /** Fits the canvases to the room there is. */
  resize() {
    const { clientWidth: width, clientHeight: height } = this.surface;
    if (!width || !height) return;
    this.#ratio = Math.min(SHARPEST, globalThis.devicePixelRatio || 1);
    for (const canvas of Object.values(this.#canvases)) {
      canvas.width = Math.round(width * this.#ratio);
      canvas.height = Math.round(height * this.#ratio);
    }
    this.#layOut();
    this.#redraw();
  }

  /** Takes the map off the page and gives back what it held, the GL context first: a browser has few. */
  remove() {
    this.#show = null;
    for (const end of this.#endings) end();
    this.#dots.remove();
    this.legend.remove();
    this.element.replaceChildren();
  }

  #startDots() {
    try {
      return new Dots(this.#canvases.dots, () => this.#redraw());
    } catch {
      const note = child(this.surface, "p", "map-note");
      note.dataset.t = "map.sample";
      return new SampledDots(this.#canvases.dots);
    }
  }

  #controls() {
    const box = child(this.element, "div", "map-zoom");
    this.zoomButtons = box.children;
    const centre = () => [this.surface.clientWidth / 2, this.surface.clientHeight / 2];
    const does = {
      "map.zoom-in": ["+", () => this.#zoomAt(...centre(), 1.5)],
      "map.zoom-out": ["−", () => this.#zoomAt(...centre(), 1 / 1.5)],
      "map.whole": ["⤢", () => this.#whole()],
    };
    for (const [key, [sign, act]] of Object.entries(does)) {
      const button = child(box, "button", "");
      button.type = "button";
      button.textContent = sign;
      button.dataset.tLabel = key;
      button.addEventListener("click", act);
    }
    this.spoken = child(this.element, "p", "map-spoken");
    this.spoken.setAttribute("aria-live", "polite");
  }

  #listen() {
    this.surface.tabIndex = 0;
    this.surface.dataset.tLabel = "map.label";
    this.surface.setAttribute("role", "application");
    listen(this.surface, {
      zoomAt: (x, y, factor) => this.#zoomAt(x, y, factor),
      zoomed: () => this.#projection?.zoom > 1,
      pan: (right, down) => this.#changeView((projection) => projection.pan(right, down)),
      reset: () => this.#whole(),
      pick: (x, y) => this.#tell(this.pick(x, y)),
      moveCross: (right, down) => this.#moveCross(right, down),
      pickCross: () => this.#tell(this.#marks.cross),
      hideCross: () => this.#setCross(null),
    });
    const room = new ResizeObserver(() => this.resize());
    room.observe(this.surface);
    this.#endings.push(() => room.disconnect());
    for (const query of ["(prefers-color-scheme: dark)", CALM]) {
      const asked = matchMedia(query);
      const changed = () => this.setTheme();
      asked.addEventListener("change", changed);
      this.#endings.push(() => asked.removeEventListener("change", changed));
    }
  }

  #speak() {
    fill(this.element);
    fill(this.legend); // which may have been put elsewhere
    for (const button of this.zoomButtons) button.title = t(button.dataset.tLabel);
    this.#paintGround();
    this.#redraw();
  }

  #layOut() {
    const { clientWidth: width, clientHeight: height } = this.surface;
    this.#scene = this.#show?.scene ?? null;
    this.legendList.note(this.#scene?.notes ?? []);
    this.legendList.degrees((this.#scene?.shaking?.lines ?? []).map(({ degree }) => degree));
    if (!width || !height) return;
    this.#findCovered();
    this.#projection = new Projection(this.#scene?.box ?? SICHUAN, width, height);
    this.#changeView(() => {});
  }

  #zoomAt(x, y, factor) {
    this.#changeView((projection) => projection.zoomAt(x, y, factor));
  }

  #whole() {
    this.#changeView((projection) => projection.reset());
  }

  #changeView(change) {
    if (!this.#projection) return;
    change(this.#projection);
    this.surface.classList.toggle("zoomed", this.#projection.zoom > 1);
    this.#canvases.sky.getContext("2d").setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    this.#paintGround();
    this.#setDotsView();
    this.#redraw();
  }

  #paintGround() {
    if (!this.#projection || !this.#colours) return;
    for (const [layer, paint] of [["ground", drawGround], ["borders", drawBorders]]) {
      const paper = this.#canvases[layer].getContext("2d");
      paper.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
      paint(paper, this.#projection, this.#land, this.#colours.css);
    }
    this.#field.forget();
    this.#stations.forget();
  }

  #findCovered() {
    const { left, top } = this.surface.getBoundingClientRect();
    this.#covered = [...this.element.querySelectorAll(".map-zoom, .map-note")].map((one) => {
      const box = one.getBoundingClientRect();
      return [box.left - left, box.top - top, box.right - left, box.bottom - top];
    });
  }

  #setDotsView() {
    if (!this.#projection) return;
    const calm = matchMedia(CALM).matches;
    const users = this.#scene?.users ?? 0;
    this.#dots.view({
      projection: this.#projection,
      box: this.#scene?.box ?? SICHUAN,
      colours: this.#colours.dots,
      size: dotSize(users, this.#projection),
      flash: calm || users > FLASH_UP_TO ? 0 : 1.2,
      ratio: this.#ratio,
    });
  }

  #moveCross(right, down) {
    if (!this.#projection) return;
    const { width, height } = this.#projection;
    const from = this.#marks.cross ?? this.#marks.phone;
    const [x, y] = from ? [this.#projection.x(from.longitude), this.#projection.y(from.latitude)] : [width / 2, height / 2];
    this.#setCross(this.#placeAt(Math.min(width, Math.max(0, x + right)), Math.min(height, Math.max(0, y + down))));
  }

  #setCross(place) {
    if (place === this.#marks.cross) return;
    this.#marks.cross = place;
    this.spoken.textContent = place ? this.#name(place) : "";
    this.#redraw();
  }

  #name({ latitude, longitude }) {
    const prefecture = prefectureAt(this.#land.prefectures, latitude, longitude);
    const where = t("figure.pair", degrees(latitude, "latitude"), degrees(longitude, "longitude"));
    return prefecture ? `${t(`place.${prefecture.id}`)}, ${where}` : where;
  }

  #placeAt(x, y) {
    return { latitude: this.#projection.latitude(y), longitude: this.#projection.longitude(x) };
  }

  #tell(place) {
    if (place) for (const fn of this.#picked) fn(place);
  }

  /** Draws in the next frame, whoever else draws or not. */
  #redraw() {
    this.#stale = true;
    if (this.#waitingFrame) return;
    this.#waitingFrame = true;
    requestAnimationFrame(() => {
      this.#waitingFrame = false;
      if (this.#stale && this.element.isConnected) this.draw(this.#at);
    });
  }
}

/** Pixels a dot takes: the more users the smaller, on small maps too; larger as one zooms in. */
function dotSize(users, { width, height, zoom }) {
  const crowd = Math.min(7, Math.max(1.8, 9.5 - 1.35 * Math.log10(Math.max(1, users))));
  const room = Math.min(1.2, Math.max(0.7, Math.min(width, height) / 600));
  return crowd * room * Math.min(3, zoom ** 0.4);
}

function child(parent, tag, name) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  parent.append(made);
  return made;
}
