/** The labels of a map: what each says, how it looks and where it may stand. Placing them is map-labels.js. */

import {numeral} from "./intensity.js";
import {numeralSpots} from "./map-field.js";
import {around} from "./map-labels.js";
import {prefectureAt} from "./prefectures.js";
import {t} from "./words.js";

const LABEL_PX = 12;
const SMALL_PX = 11;
const LINE = 1.2; // height of a line, in sizes of its letters
const MARK_PX = 3; // half of a town's mark
const CORNERS = 12; // spots along each side of the picture that are tried for an area's name
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
    const shakes = t("map.town-shakes", name, numeral(town.intensity));
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

/**
 * Names of areas, but those that a town bears too; wide ones first, so that a small map still names them. `inView`, of
 * rings, gives spots besides the area's own, which may lie outside the picture.
 */
export function areaLabels(words, projection, css, areas, kind, taken, inView) {
  const size = SMALL_PX + Math.min(5, Math.log2(projection.zoom) * 1.5);
  const look = { colour: css.muted, css, size, weight: 500 };
  return [...areas].sort((one, other) => breadth(other) - breadth(one)).flatMap(({ id, rings, label: [longitude, latitude] }) => {
    const name = t(`place.${id}`);
    if (taken.has(name)) return [];
    const spots = [[projection.x(longitude), projection.y(latitude), "center"], ...(inView?.(rings) ?? [])];
    return [words.label(`${kind} ${id}`, name, spots, look)];
  });
}

/** Spots of areas (rings) of which but a corner is in the picture, found once for each view: the farthest inside come first. */
export class Corners {
  #known = new Map();
  #view = "";

  of(projection, rings) {
    const { zoom, left, top, width, height } = projection;
    const view = [zoom, left, top, width, height].join();
    if (view !== this.#view) this.#known.clear();
    this.#view = view;
    if (!this.#known.has(rings)) this.#known.set(rings, corners(projection, rings));
    return this.#known.get(rings);
  }
}

function corners(projection, rings) {
  const [across, down] = [projection.width / CORNERS, projection.height / CORNERS];
  const found = new Set();
  for (let row = 0; row < CORNERS; row += 1) {
    for (let column = 0; column < CORNERS; column += 1) {
      const place = [projection.latitude((row + 0.5) * down), projection.longitude((column + 0.5) * across)];
      if (prefectureAt([{ rings }], ...place)) found.add(row * CORNERS + column);
    }
  }
  const beside = (cell) => [cell - 1, cell + 1, cell - CORNERS, cell + CORNERS].filter((one) => found.has(one)).length;
  return [...found].sort((one, other) => beside(other) - beside(one))
    .map((cell) => [((cell % CORNERS) + 0.5) * across, (Math.floor(cell / CORNERS) + 0.5) * down, "center"]);
}

/** Numerals on the bands of intensity. */
export function numeralLabels(words, projection, css, scene, at) {
  return numeralSpots(projection, scene, at).map(({ degree, spots }) =>
    words.label(`intensity ${degree}`, numeral(degree), spots, { colour: css.ink, css, size: SMALL_PX, weight: 700 }));
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

function breadth({ rings: [ring] }) {
  let [west, east] = [Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) [west, east] = [Math.min(west, ring[i]), Math.max(east, ring[i])];
  return east - west;
}
