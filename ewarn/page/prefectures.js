/** Which prefecture a place lies in. Pure. */

/** The one of `prefectures` (as in outlines.json) around a place, or null. */
export function prefectureAt(prefectures, latitude, longitude) {
  return prefectures.find(({ rings }) => rings.some((ring) => within(ring, longitude, latitude))) ?? null;
}

/** Whether a ray to the east crosses the ring an odd number of times. */
function within(ring, x, y) {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const [x0, y0, x1, y1] = [ring[j], ring[j + 1], ring[i], ring[i + 1]];
    if (y0 > y !== y1 > y && x < x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)) inside = !inside;
  }
  return inside;
}
