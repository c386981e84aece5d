/** How much a drill has to do: deliveries a second, times so far, by shard, what processes use, and the bottleneck. */

import {drawn, element} from "./elements.js";
import {bars, HEIGHT, width} from "./load-trace.js";
import {onLanguage, spelled, t} from "./words.js";

const MIB = 2 ** 20;

/** A panel of the newest `load` message; `nameOf(play)` has the order of a play where there are several, else "". */
export class LoadPanel {
  #box;
  #nameOf;
  #load = null;

  constructor(box, nameOf) {
    this.#box = box;
    this.#nameOf = nameOf;
    onLanguage(() => this.#draw());
  }

  /** The newest message, or null: a new show has none yet. */
  take(load) {
    this.#load = load;
    this.#draw();
  }

  #draw() {
    const load = this.#load;
    if (!load) return this.#box.replaceChildren(text("p", "load-nothing", t("load.nothing")));
    const order = this.#nameOf(load.play);
    this.#box.replaceChildren(
      ...(order ? [text("p", "load-order", t("load.of-play", order))] : []),
      rate(load),
      times(load),
      why(load),
      parts(load),
      processes(load),
    );
  }
}

function rate({rate: {now_per_s, peak_per_s, delivered}, trace, machine}) {
  const box = group("load-rate", t("load.per-second-word"));
  const now = text("strong", "load-now", number(now_per_s));
  now.dataset.delivered = delivered;
  box.append(now, text("span", "load-peak", t("load.peak", number(peak_per_s))), picture(trace));
  if (machine) box.append(text("p", "load-machine", t("load.now-used", spelled(machine))));
  return box;
}

function picture(trace) {
  const said = t("load.trace", trace.length, number(Math.max(0, ...trace)));
  const svg = drawn("svg", {viewBox: `0 0 ${width(trace)} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": said});
  svg.append(drawn("path", {d: bars(trace)}), drawn("path", {d: `M0 ${HEIGHT}h${width(trace)}`, class: "load-base"}));
  return svg;
}

function times({report, times: found}) {
  const box = group("load-times", report === null ? t("load.none-yet") : t("load.report", report));
  const list = document.createElement("dl");
  for (const name of ["p50", "p99", "last"]) {
    const value = text("dd", "", found[name] === null ? t("load.not-yet") : milliseconds(found[name]));
    value.dataset[name] = found[name] ?? "";
    list.append(text("dt", "", t(`load.${name}`)), value);
  }
  box.append(list);
  return box;
}

function why({report, bottleneck}) {
  const box = group("load-why", report === null ? t("load.bottleneck") : t("load.bottleneck-of", report));
  box.append(text("p", "load-bottleneck", spelled(bottleneck)));
  return box;
}

function parts({parted, parts: found}) {
  const box = group("load-parts", t(`load.${parted}`));
  if (!found.length) box.append(text("p", "load-nothing", t("load.elsewhere")));
  const rows = found.map(({name, due, rate: {delivered}, times: {p99}}) => {
    const told = due === null ? number(delivered) : `${number(delivered)} / ${number(due)}`;
    const late = p99 === null ? t("load.not-yet") : milliseconds(p99);
    return row(spelled(name), due ? delivered / due : null, `${told} · ${t("load.p99-of", late)}`);
  });
  box.append(list(rows));
  return box;
}

function processes({report, processes: found, memory, host}) {
  const box = group("load-processes", t("load.cpu", report ?? "–"));
  for (const [side, phones, where] of [["gateway", false, host], ["phones", true, null]]) {
    const mine = found.filter((one) => one.phones === phones);
    const size = memory[side] === null ? t("load.unknown") : t("load.memory", number(Math.round(memory[side] / MIB)));
    box.append(text("h4", "", [t(`load.${side}`), where ?? (found.length && !mine.length ? "" : t("load.here")), size].filter(Boolean).join(" · ")));
    if (!mine.length) box.append(text("p", "load-nothing", t(found.length ? "load.elsewhere" : "load.not-yet")));
    box.append(list(mine.map(({name, cores}) => row(spelled(name), cores, t("figure.percent", Math.round(100 * cores))))));
  }
  return box;
}

/** A name, a bar of `share` of all where that is known, and what stands beside it. */
function row(name, share, said) {
  const item = document.createElement("li");
  item.append(text("span", "load-name", name));
  const bar = text("span", "load-bar", "");
  if (share !== null) {
    const filled = text("span", "load-filled", "");
    filled.style.width = `${Math.min(100, 100 * share)}%`;
    bar.append(filled);
    bar.setAttribute("role", "meter");
    bar.setAttribute("aria-label", `${name}: ${said}`);
    bar.setAttribute("aria-valuemin", 0);
    bar.setAttribute("aria-valuemax", 100);
    bar.setAttribute("aria-valuenow", Math.min(100, Math.round(100 * share)));
  }
  item.append(bar, text("span", "load-said", said));
  return item;
}

function list(rows) {
  const made = document.createElement("ul");
  made.append(...rows);
  return made;
}

function group(name, title) {
  const box = element("div", name);
  box.append(text("h3", "", title));
  return box;
}

function text(tag, name, words) {
  const made = element(tag, name);
  made.textContent = words;
  return made;
}

function milliseconds(value) {
  return t("load.milliseconds", number(Math.round(value)));
}

function number(value) {
  return value.toLocaleString("en");
}
