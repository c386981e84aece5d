/** Colours in force, as canvases need them: tokens.css says most of them by light-dark(), which a canvas cannot read. */

const NAMES = ["paper", "panel", "ink", "muted", "line", "accent", "waiting", "in-time", "late", "blind", "failed", "p-wave", "s-wave",
  ...Array.from({ length: 8 }, (_, i) => `shake-${i + 3}`), "shake-line"];
const FAINT = 0.55; // share of its own colour that a waiting dot keeps

/** {name: "rgb(...)"} of the tokens, and the colours of dots, one for each of STATES, as [r, g, b] of 0..1. */
export function coloursOf(element) {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const css = {};
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    css[name] = getComputedStyle(probe).color;
  }
  css.sans = getComputedStyle(element).getPropertyValue("--sans") || "sans-serif";
  probe.remove();
  const paper = parts(css.paper);
  const waiting = parts(css.waiting).map((part, i) => FAINT * part + (1 - FAINT) * paper[i]);
  const others = ["in-time", "late", "blind", "p-wave", "failed"].map((name) => parts(css[name]));
  return { css, dots: [waiting, ...others] };
}

function parts(rgb) {
  return rgb.match(/[\d.]+/g).slice(0, 3).map((part) => Number(part) / 255);
}
