/** Deliveries by the second as bars of a small picture. Pure: no DOM, no clock. */

/** Of the picture, in its own units. */
export const HEIGHT = 40;
const FEWEST = 30; // seconds across
const LEAST = 1.5; // of a second in which somebody was told: it is to be seen

/** Units across: one a second. */
export function width(trace) {
  return Math.max(FEWEST, trace.length);
}

/** The `d` of an SVG path: a bar for each second of `trace`, the newest at the right, as high as its share of the most. */
export function bars(trace) {
  const most = Math.max(1, ...trace);
  const first = width(trace) - trace.length;
  return trace
    .map((count, second) => {
      if (!count) return "";
      const height = Math.max(LEAST, (HEIGHT * count) / most);
      return `M${first + second} ${HEIGHT}v${-Number(height.toFixed(2))}h0.9v${Number(height.toFixed(2))}z`;
    })
    .join("");
}
