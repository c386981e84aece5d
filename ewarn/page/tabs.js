/** On a narrow screen the parts of the page stand behind tabs, one at a time; on a wide one all are seen and there are no tabs. */

import {onLanguage, t} from "./words.js";

const NARROW = "(max-width: 60rem)";
const NAMES = ["map", "phone", "drill", "details"];
const STEPS = {ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity};

/** Lives in `box`; elements with `data-tab` are parts, the first of each name its panel. `news` is heard by who cannot see. */
export class Tabs {
  #narrow = matchMedia(NARROW);
  #shown = NAMES[0];
  #marked = new Map();

  constructor(root, {box, news}) {
    Object.assign(this, {root, box, news});
    this.tabs = NAMES.map((name) => this.#tab(name));
    box.append(...this.tabs);
    box.setAttribute("role", "tablist");
    box.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("click", (event) => this.#follow(event), {capture: true});
    this.#narrow.addEventListener("change", () => this.#draw());
    onLanguage(() => this.#draw());
  }

  /** Shows a part. */
  show(name) {
    this.#shown = name;
    this.#draw();
  }

  /** Marks a tab as one where something goes on, or no more; the focus stays where it is. `words`: key of what is seen and heard. */
  mark(name, on, words) {
    if (on) this.#marked.set(name, words);
    else this.#marked.delete(name);
    this.#draw();
  }

  #tab(name) {
    const tab = document.createElement("button");
    Object.assign(tab, {type: "button", id: `tab-${name}`});
    tab.dataset.name = name;
    tab.setAttribute("role", "tab");
    tab.addEventListener("click", () => this.show(name));
    return tab;
  }

  #draw() {
    const narrow = this.#narrow.matches;
    this.box.hidden = !narrow;
    this.root.body.dataset.tab = narrow ? this.#shown : "all";
    for (const tab of this.tabs) this.#drawTab(tab, narrow);
    const heard = narrow ? [...this.#marked].filter(([name]) => name !== this.#shown).map(([name, words]) => `${t(`tabs.${name}`)}: ${t(words)}`) : [];
    if (this.news.textContent !== heard.join(". ")) this.news.textContent = heard.join(". ");
  }

  #drawTab(tab, narrow) {
    const {name} = tab.dataset;
    const chosen = name === this.#shown;
    const marked = !chosen && this.#marked.has(name);
    tab.textContent = t(`tabs.${name}`) + (marked ? ` ⚠ ${t(this.#marked.get(name))}` : "");
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    tab.classList.toggle("marked", marked);
    const [panel, ...more] = this.root.querySelectorAll(`[data-tab="${name}"]:not(body)`);
    panel.id ||= `panel-${name}`;
    tab.setAttribute("aria-controls", panel.id);
    for (const part of [panel, ...more]) part.classList.toggle("off-tab", narrow && !chosen); // `hidden` is for who draws it
    asPanel(panel, narrow && tab.id);
  }

  #key(event) {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = NAMES.indexOf(this.#shown) + step;
    const next = Number.isFinite(step) ? (at + NAMES.length) % NAMES.length : Math.min(NAMES.length - 1, Math.max(0, at));
    this.show(NAMES[next]);
    this.tabs[next].focus();
  }

  /** A link within the page leads to where it can be seen. */
  #follow(event) {
    const link = event.target.closest?.("a[href^='#']");
    const goal = link && this.root.querySelector(link.getAttribute("href"));
    const part = goal?.closest("[data-tab]:not(body)") ?? goal?.querySelector("[data-tab]");
    if (part) this.show(part.dataset.tab);
  }
}

/** Makes an element the panel of a tab by its id, or what it was before (false). */
function asPanel(panel, tab) {
  if (Boolean(tab) === panel.hasAttribute("role")) return;
  const label = tab || panel.dataset.label;
  if (tab) {
    panel.dataset.label = panel.getAttribute("aria-labelledby") ?? "";
    panel.setAttribute("role", "tabpanel");
  } else panel.removeAttribute("role");
  if (label) panel.setAttribute("aria-labelledby", label);
  else panel.removeAttribute("aria-labelledby");
}
