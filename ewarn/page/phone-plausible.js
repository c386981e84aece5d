/**
 * Whether what a frame says of a place can be, by the origin that its centre signed. Pure.
 *
 * The values at a user's places are the service's own and not signed. The distance is worked out here anew; for S there are
 * bounds that no velocity model of the earth leaves:
 *
 * - No faster than 7.3 km/s along the chord through the earth: the fastest S of AK135 (Kennett, Engdahl & Buland 1995),
 *   7.28 km/s, at the bottom of the mantle. For quakes down to 300 km and places within 1,000 km, no faster than 5 km/s: above 410 km
 *   AK135 has at most 4.87, and the way down to what is faster takes longer than it saves.
 * - No slower than 1.6 km/s along the surface and down to the hypocentre: half of the slowest S in the crust of PREM
 *   (Dziewonski & Anderson 1981), 3.2 km/s. Softer ground is a few kilometres thick at most; `SLACK_S` has room for it.
 */

const RADIUS_KM = 6371; // mean, IUGG, as the service takes it
const FASTEST = 7.3; // S, km/s
const [NEAR_FASTEST, NEAR_KM, NEAR_DEPTH_KM] = [5, 1000, 300];
const SLOWEST = 1.6;
const SLACK_S = 2; // rounding, and some kilometres of soft ground
const [LOWEST, HIGHEST] = [-999.9, 9999.9]; // the wire cuts numbers off there
const DISTANCE_KM = 2; // besides 1 %: the ellipsoid differs from the sphere by up to 0.6 %
const LEVELS = ["blue", "yellow", "orange", "red"];

/** Great-circle distance, km, by the haversine formula. */
export function distanceKm(a, b) {
  const [lat_a, lat_b, lon_a, lon_b] = [a.latitude, b.latitude, a.longitude, b.longitude].map((degrees) => (degrees * Math.PI) / 180);
  const chord = Math.sin((lat_b - lat_a) / 2) ** 2 + Math.cos(lat_a) * Math.cos(lat_b) * Math.sin((lon_b - lon_a) / 2) ** 2;
  return 2 * RADIUS_KM * Math.asin(Math.sqrt(Math.min(1, chord)));
}

/** [soonest, latest] that S can be at a place so far from the epicentre, seconds after origin. */
export function boundsOfS(distance_km, depth_km) {
  const [above, below] = [RADIUS_KM, RADIUS_KM - depth_km];
  const through_km = Math.sqrt((above - below) ** 2 + 4 * above * below * Math.sin(distance_km / RADIUS_KM / 2) ** 2);
  const near = distance_km <= NEAR_KM && depth_km <= NEAR_DEPTH_KM;
  return [through_km / (near ? NEAR_FASTEST : FASTEST) - SLACK_S, Math.hypot(distance_km, depth_km) / SLOWEST + SLACK_S];
}

/**
 * A place of a frame, of which seconds count from `from_s` after origin, at {latitude, longitude}: as it is with `fits` true, or
 * without its numbers, its distance worked out, and S when it has surely come.
 */
export function checked(place, where, origin, from_s) {
  const distance_km = distanceKm(origin, where);
  const [soonest_s, latest_s] = boundsOfS(distance_km, origin.depth_km);
  if (canBe(place, distance_km) && within(place.s_in_s, soonest_s - from_s, latest_s - from_s)) return {...place, fits: true};
  const surely_s = latest_s - from_s;
  return {place: place.place, distance_km, p_in_s: surely_s, s_in_s: surely_s, intensity: null, level: null, fits: false};
}

function canBe({distance_km, p_in_s, s_in_s, intensity, level}, right_km) {
  return (
    [distance_km, p_in_s, s_in_s, intensity].every(Number.isFinite) && LEVELS.includes(level) && intensity >= 0 && intensity <= 12 && p_in_s <= s_in_s &&
    Math.abs(distance_km - Math.min(right_km, HIGHEST)) <= DISTANCE_KM + 0.01 * right_km
  );
}

function within(seconds, least, most) {
  return seconds >= Math.min(Math.max(least, LOWEST), HIGHEST) && seconds <= Math.max(Math.min(most, HIGHEST), LOWEST);
}
