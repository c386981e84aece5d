/** Texts that are cut or cover one another, what scrolls that should not, and a page too wide: a function for page.evaluate. */
() => {
  const SLACK_PX = 1.5;
  const LEAST_PX = 120; // of a map that still tells something
  const ARROW_PX = 24; // of a list to choose from
  const GLYPHS = 0.22; // of a line's height, above and below what is drawn of its letters
  const faults = [];
  const name = (one) => one.id ? `#${one.id}` : `${one.tagName.toLowerCase()}.${[...one.classList].join(".")}`;
  const styles = new Map();
  const style = (one) => styles.get(one) ?? (styles.set(one, getComputedStyle(one)), styles.get(one));
  const scrolls = (value) => value === "auto" || value === "scroll";

  if (document.documentElement.scrollWidth > innerWidth) faults.push(`the page is ${document.documentElement.scrollWidth} wide`);

  /** The box within which something is seen, and whether it can be scrolled into sight. */
  function room(element) {
    const box = [0, 0, innerWidth, Infinity];
    let scrolled = false;
    for (let one = element; one && one !== document.documentElement; one = one.parentElement) {
      const {overflowX, overflowY, position} = style(one);
      const edge = one.getBoundingClientRect();
      if (overflowX !== "visible" && one !== document.body) {
        [box[0], box[2]] = [Math.max(box[0], edge.left), Math.min(box[2], edge.right)];
      }
      if (overflowY !== "visible") {
        if (scrolls(overflowY)) scrolled = true;
        if (!scrolled) [box[1], box[3]] = [Math.max(box[1], edge.top), Math.min(box[3], edge.bottom)];
      }
      if (position === "fixed") break;
    }
    return box;
  }

  const covered = document.querySelector(".phone-alarm:not([hidden])")?.checkVisibility() ? ".phone :not(.phone-alarm, .phone-alarm *)" : ":not(*)";
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const around = node.parentElement;
    if (!node.data.trim() || !around.checkVisibility({visibilityProperty: true})) continue;
    if (around.closest(".unseen, .map-spoken, .skip, script, style, noscript, select, svg, [aria-live=assertive]")) continue;
    if (around.matches(covered) || style(around).clipPath !== "none") continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const [left, top, right, bottom] = room(around);
    for (const {left: x0, right: x1, top: y0, bottom: y1} of range.getClientRects()) {
      if (x1 - x0 < 1) continue;
      const inset = GLYPHS * (y1 - y0);
      const box = [x0, y0 + inset, x1, y1 - inset];
      const words = `"${node.data.trim().slice(0, 40)}" in ${name(around)}`;
      if (x0 < left - SLACK_PX || x1 > right + SLACK_PX) faults.push(`cut at a side: ${words}`);
      if (box[1] < top - SLACK_PX || box[3] > bottom + SLACK_PX) faults.push(`cut above or below: ${words}`);
      texts.push({node, box, words, shown: seen(around, box)});
    }
  }

  /** Of a text in a region that scrolls, what is in sight. */
  function seen(element, box) {
    const shown = [...box];
    for (let one = element; one && one !== document.documentElement; one = one.parentElement) {
      if (style(one).overflowY === "visible" && one !== document.body) continue;
      const {top, bottom} = one.getBoundingClientRect();
      [shown[1], shown[3]] = [Math.max(shown[1], top), Math.min(shown[3], bottom)];
    }
    return shown[3] - shown[1] > SLACK_PX;
  }

  texts.filter(({shown}) => shown).forEach((one, i, all) => {
    for (const other of all.slice(i + 1)) {
      if (one.node === other.node) continue;
      const [a, b] = [one.box, other.box];
      const over = [Math.min(a[2], b[2]) - Math.max(a[0], b[0]), Math.min(a[3], b[3]) - Math.max(a[1], b[1])];
      if (over[0] > SLACK_PX && over[1] > SLACK_PX) faults.push(`over one another: ${one.words}, ${other.words}`);
    }
  });

  /** What stands in a list to choose from has no text of its own that could be asked for. */
  const pen = document.createElement("canvas").getContext("2d");
  for (const select of document.querySelectorAll("select")) {
    if (!select.checkVisibility({visibilityProperty: true})) continue;
    pen.font = style(select).font;
    const wide = pen.measureText(select.selectedOptions[0]?.label ?? "").width;
    if (wide > select.clientWidth - ARROW_PX) faults.push(`cut: the choice of ${name(select)}`);
  }

  const allowed = [".page", ".side", ".below", ".scroll", "#maps", ".stage", ".phone-box", ".phone-scroll"];
  for (const one of document.querySelectorAll("body *")) {
    if (!one.checkVisibility() || one.closest(".unseen, .map-spoken")) continue;
    if (scrolls(style(one).overflowY) && one.scrollHeight > one.clientHeight + 1 && !allowed.some((names) => one.matches(names))) {
      faults.push(`scrolls: ${name(one)}`);
    }
    if (scrolls(style(one).overflowX) && one.scrollWidth > one.clientWidth + 1) faults.push(`scrolls sideways: ${name(one)}`);
  }
  for (const map of document.querySelectorAll(".map-surface")) {
    if (!map.checkVisibility()) continue;
    const {left, top, width, height} = map.getBoundingClientRect();
    if (Math.min(width, height) < LEAST_PX) faults.push(`a map of only ${width} x ${height}`);
    for (const y of [5, height / 2, height - 5]) {
      if (!map.parentElement.contains(document.elementFromPoint(left + 5, top + y))) faults.push(`a map is covered or cut, ${y} below its top`);
    }
  }
  return [...new Set(faults)];
}
