/** Where the words of a map go, so that none covers another and none is cut by its edge. Pure. */

/** Pixels between two labels, and between a label and the edge. */
export const GAP_PX = 2;

/**
 * Places labels, those that come first before those that come later; what fits nowhere is left out.
 *
 * `wanted`: [{id, width, height, spots: [[x, y, align], ...]}], pixels, `align` of the text about x: left, center or right;
 * y is its middle. `room`: {width, height, taken: [[left, top, right, bottom], ...]}, what must stay free. `before`: what
 * this returned for the last picture: a label keeps the spot that it had while it fits there, so that none jumps to and fro.
 * Returns a Map of id to {id, spot, x, y, align, box}; `spot` is an index.
 */
export function placeLabels(wanted, room, before = new Map()) {
  const placed = new Map();
  const taken = [...room.taken];
  for (const label of wanted) {
    const last = before.get(label.id)?.spot;
    const order = last < label.spots.length ? [last, ...label.spots.keys()] : label.spots.keys();
    for (const spot of order) {
      const box = boxAt(label, label.spots[spot]);
      if (!inside(box, room) || taken.some((other) => touch(box, other))) continue;
      taken.push(box);
      const [x, y, align] = label.spots[spot];
      placed.set(label.id, { id: label.id, spot, x, y, align, box });
      break;
    }
  }
  return placed;
}

/** Spots beside a mark of `size` pixels: right, left, above, below, then its corners. */
export function around(x, y, size, height) {
  const [side, level] = [size + GAP_PX, size + GAP_PX + height / 2];
  return [
    [x + side, y, "left"], [x - side, y, "right"], [x, y - level, "center"], [x, y + level, "center"],
    [x + side, y - level, "left"], [x + side, y + level, "left"], [x - side, y - level, "right"], [x - side, y + level, "right"],
  ];
}

function boxAt({ width, height }, [x, y, align]) {
  const left = align === "left" ? x : align === "right" ? x - width : x - width / 2;
  return [left, y - height / 2, left + width, y + height / 2];
}

function inside([left, top, right, bottom], { width, height }) {
  return left >= GAP_PX && top >= GAP_PX && right <= width - GAP_PX && bottom <= height - GAP_PX;
}

/** Whether two boxes come nearer to each other than the gap. */
function touch([left, top, right, bottom], other) {
  return left < other[2] + GAP_PX && other[0] < right + GAP_PX && top < other[3] + GAP_PX && other[1] < bottom + GAP_PX;
}
