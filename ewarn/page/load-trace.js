/** Deliveries by the second as bars of a small picture. Pure: no DOM, no clock. */

/** Size of the picture in its own units: one a second across. */
export const SECONDS = 120;
export const HEIGHT = 40;
const LEAST = 1.5; // of a second in which somebody was told: it is to be seen

/** The `d` of an SVG path: a bar for each second of `trace`, the newest at the right, as high as its share of the most. */
export function bars(trace) {
  const most = Math.max(1, ...trace);
  const first = SECONDS - trace.length;
  return trace
    .map((count, second) => {
      if (!count) return "";
      const height = Math.max(LEAST, (HEIGHT * count) / most);
      return `M${first + second} ${HEIGHT}v${-Number(height.toFixed(2))}h0.9v${Number(height.toFixed(2))}z`;
    })
    .join("");
}
