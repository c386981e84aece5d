/**
 * When strong shaking begins at a place, and when it should be over: estimates from what a frame says. Pure.
 *
 * **Beginning.** The wire says when the first S comes. No strong shaking comes before it; from a large rupture strong shaking may
 * come later, since it takes a large part of the rupture. As in `ewarn/seismic/strong_shaking.py`, the part that has
 * broken is a quake of its own, which grows from its middle to both sides at 2.8 km/s: strong shaking begins when that part is large
 * enough to be felt as strong. Its length is log10(km) = -2.44 + 0.59 M (Wells & Coppersmith 1994, table 2A: subsurface length, all
 * slip types). Intensity grows by 1.071 per unit of magnitude, the least of the four zones of GB 18306-2015 (1.071 to 1.435):
 * the least has strong shaking begin the soonest.
 *
 * **End.** S, and then the significant duration (5 to 95 % of Arias intensity) of Afshari & Stewart 2016, Earthquake Spectra 32:2057,
 * unspecified mechanism, ground of their reference (369.9 m/s), plus one sigma: five of six are shorter. The distance is that from
 * the hypocentre, not from the rupture, which makes it longer. Their data are of magnitude 3 to 7.9 within 200 km. Farther away the
 * equation is carried on; above 7.9 the source's share grows as the length of the rupture does (ours: their equation carried on
 * has magnitude 9 shake for a quarter of an hour). Magnitude is the frame's, whatever its kind; others differ from Mw by 0.2 or 0.3.
 */

/** Least intensity that is strong: where level orange begins. */
export const STRONG = 5;

const RUPTURE_KM_S = 2.8;
const [LENGTH_AT_0, LENGTH_PER_UNIT] = [-2.44, 0.59];
const INTENSITY_PER_UNIT = 1.071;
const [SMALLEST, LARGEST] = [3, 9.5]; // magnitudes: of others, the end of this range

const [M_CORNER, M_BEND, M_STAR, M_DATA] = [5.2, 7.4, 6, 7.9]; // m1, m2 and m*, of the source's duration, and where data end
const [SOURCE_S, STRESS, STRESS_RISE, STRESS_FALL] = [2.182, 3.628, 0.9443, -3.911]; // b0 to b3
const [NEAR, MIDDLE, FAR] = [0.3165, 0.2539, 0.0932]; // c1 to c3, s/km
const [NEAR_KM, MIDDLE_KM] = [10, 50];
const [TAU, PHI] = [[0.25, 0.19, 6.5, 7], [0.43, 0.35, 5.5, 5.75]]; // from, to, between these magnitudes

/** Seconds after S at which strong shaking begins; null where the intensity there is not strong. */
export function strongAfterS(intensity, magnitude) {
  if (!(intensity >= STRONG)) return null;
  const enough = within(magnitude) - (intensity - STRONG) / INTENSITY_PER_UNIT;
  return 10 ** (LENGTH_AT_0 + LENGTH_PER_UNIT * enough) / 2 / RUPTURE_KM_S;
}

/** Seconds after S by which shaking should be over. */
export function shakingS(distance_km, {depth_km, magnitude}) {
  const m = within(magnitude);
  const sigma = Math.hypot(between(m, TAU), between(m, PHI));
  return significantS(Math.hypot(distance_km, depth_km), m) * Math.exp(sigma);
}

/** The median of the significant duration, s. */
export function significantS(distance_km, magnitude) {
  const path_s = NEAR * Math.min(distance_km, NEAR_KM) + MIDDLE * clamped(distance_km - NEAR_KM, 0, MIDDLE_KM - NEAR_KM) + FAR * Math.max(distance_km - MIDDLE_KM, 0);
  return sourceS(magnitude) + path_s;
}

function sourceS(magnitude) {
  if (magnitude <= M_CORNER) return SOURCE_S;
  if (magnitude > M_DATA) return sourceS(M_DATA) * 10 ** (LENGTH_PER_UNIT * (magnitude - M_DATA));
  const stress = STRESS + STRESS_RISE * (Math.min(magnitude, M_BEND) - M_STAR) + STRESS_FALL * Math.max(magnitude - M_BEND, 0);
  return 1 / (4.9e6 * 3.2 * (Math.exp(stress) / 10 ** (1.5 * magnitude + 16.05)) ** (1 / 3));
}

function within(magnitude) {
  return clamped(magnitude, SMALLEST, LARGEST);
}

function between(magnitude, [from, to, least, most]) {
  return from + (to - from) * clamped((magnitude - least) / (most - least), 0, 1);
}

function clamped(value, least, most) {
  return Math.min(most, Math.max(least, value));
}
