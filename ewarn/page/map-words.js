/** The labels of a map: what each says, how it looks and where it may stand. Placing them is map-labels.js. */

import {numeralSpots, NUMERALS} from "./map-field.js";
import {around} from "./map-labels.js";
import {prefectureAt} from "./prefectures.js";
import {t} from "./words.js";

const LABEL_PX = 12;
const SMALL_PX = 11;
const LINE = 1.2; // height of a line, in sizes of its letters
const MARK_PX = 3; // half of a town's mark
const FRONT_SPOTS = 24; // around a front, from its top

/** Gathers labels and says how wide each is, measured once. */
export class Words {
  #paper;
  #widths = new Map();

  constructor(paper) {
    this.#paper = paper;
  }

  /** A label for placeLabels(), with what draws it; `widest` are other words that may stand there later. */
  label(id, words, spots, { colour, css, size = LABEL_PX, weight = 600, widest = [], height = size * LINE }) {
    const font = `${weight} ${size}px ${css.sans}`;
    const width = Math.max(...[words, ...widest].map((one) => this.#width(font, one)));
    return { id, words, spots, colour, font, width, height };
  }

  #width(font, words) {
    const key = `${font}|${words}`;
    if (!this.#widths.has(key)) {
      if (this.#widths.size > 5000) this.#widths.clear();
      this.#paper.font = font;
      this.#widths.set(key, Math.ceil(this.#paper.measureText(words).width));
    }
    return this.#widths.get(key);
  }
}

/** Of each town that S has yet to reach, when it will; of the others, how strongly it shakes. Nearest first. */
export function townLabels(words, projection, css, scene, prefectures, at) {
  const size = projection.width < 480 ? SMALL_PX : LABEL_PX;
  return [...(scene.towns ?? [])].sort((one, other) => one.s_s - other.s_s).map((town) => {
    const name = townName(town, prefectures);
    const shakes = t("map.town-shakes", name, cut(town.intensity));
    const waits = (seconds) => t("map.town-waits", name, seconds);
    const said = town.s_s <= at ? shakes : waits(Math.ceil(town.s_s - at));
    const [x, y] = [projection.x(town.longitude), projection.y(town.latitude)];
    const spots = around(x, y, MARK_PX, size * LINE);
    const widest = [shakes, waits("0".repeat(String(Math.ceil(town.s_s)).length))];
    return words.label(`town ${town.name}`, said, spots, { colour: css.ink, css, size, widest });
  });
}

/** A town by its own name, a prefecture's seat by that of the prefecture where they are the same. */
export function townName({ name, seat, latitude, longitude }, prefectures) {
  const key = SEATS[name] ? `place.${SEATS[name]}` : null;
  if (key) return t(key);
  const around_it = seat ? prefectureAt(prefectures, latitude, longitude) : null;
  return around_it ? t(`place.${around_it.id}`) : name;
}

/** Prefectures whose seat is not called as they are. */
const SEATS = { Aba: "barkam", Garze: "kangding", Liangshan: "xichang" };

/** Names of areas, but those that a town bears too; wide ones first, so that a small map still names them. */
export function areaLabels(words, projection, css, areas, kind, taken) {
  const size = SMALL_PX + Math.min(5, Math.log2(projection.zoom) * 1.5);
  const look = { colour: css.muted, css, size, weight: 500 };
  return [...areas].sort((one, other) => breadth(other) - breadth(one)).flatMap(({ id, label: [longitude, latitude] }) => {
    const name = t(`place.${id}`);
    if (taken.has(name)) return [];
    const spots = [[projection.x(longitude), projection.y(latitude), "center"]];
    return [words.label(`${kind} ${id}`, name, spots, look)];
  });
}

/** Numerals on the bands of intensity. */
export function numeralLabels(words, projection, css, scene, at) {
  return numeralSpots(projection, scene, at).map(({ degree, spots }) =>
    words.label(`intensity ${degree}`, NUMERALS[degree], spots, { colour: css.ink, css, size: SMALL_PX, weight: 700 }));
}

/** P or S, somewhere on the ring of its front; the top first. */
export function frontLabel(words, css, wave, points) {
  const step = points.length / 2 / FRONT_SPOTS;
  const turns = Array.from({ length: FRONT_SPOTS }, (_, i) => (i % 2 ? FRONT_SPOTS - (i + 1) / 2 : i / 2));
  const spots = turns.map((turn) => 2 * Math.floor(turn * step)).map((i) => [points[i], points[i + 1], "center"]);
  return words.label(`front ${wave}`, wave.toUpperCase(), spots, { colour: css[`${wave}-wave`], css, weight: 700 });
}

/** What stands beside a mark of `size` pixels. */
export function besideLabel(words, css, id, said, [x, y], size, colour) {
  return words.label(id, said, around(x, y, size, LABEL_PX * LINE), { colour, css });
}

/** An intensity as it is said: cut off and not rounded, as levels are. */
export function cut(intensity) {
  return (Math.floor(intensity * 10 + 1e-6) / 10).toFixed(1);
}

function breadth({ rings: [ring] }) {
  let [west, east] = [Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) [west, east] = [Math.min(west, ring[i]), Math.max(east, ring[i])];
  return east - west;
}
