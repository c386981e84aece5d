/** The story of an update: how far each report was from the truth, in magnitude and in place. Pure. */

const EARTH_KM = 6371;
const RADIANS = Math.PI / 180;

/** Kilometres between two places, by the haversine. */
export function apartKm(one, other) {
  const [up, along] = [(other.latitude - one.latitude) * RADIANS, (other.longitude - one.longitude) * RADIANS];
  const half = Math.sin(up / 2) ** 2 + Math.cos(one.latitude * RADIANS) * Math.cos(other.latitude * RADIANS) * Math.sin(along / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** Of a play's reports that say where a quake is: {number, release_s, magnitude, off_km}. A cancel says that there is none. */
export function estimates(reports, quake) {
  return reports
    .filter(({status}) => status !== "cancel")
    .map((report) => ({number: report.number, release_s: report.release_s, magnitude: report.magnitude, off_km: apartKm(report, quake)}));
}

/** The least and most of a scale that has all `values` with room around them, at least `least` wide, and never below `floor`. */
export function scaleOf(values, least, floor = -Infinity) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(least - (high - low), 0.2 * (high - low)) / 2;
  return [Math.max(floor, low - room), high + room];
}
