/** What the page says, in Chinese and English, switched at once. */

const LANGUAGES = ["en", "zh"];
const KEPT_AS = "ewarn.language";
const words = new Map();
const listeners = new Set();
let language = null;

/** The language in force: as chosen before, or as the browser prefers. */
export function languageInForce() {
  language ??= kept() ?? ((globalThis.navigator?.language ?? "en").startsWith("zh") ? "zh" : "en");
  return language;
}

/** Registers words by key, each as [English, Chinese]; `{0}` stands for the first argument of `t`. */
export function add(more) {
  for (const [key, pair] of Object.entries(more)) words.set(key, pair);
}

/** The words of a key in the language in force, or in `tongue`. */
export function say(tongue, key, ...args) {
  const text = words.get(key)?.[LANGUAGES.indexOf(tongue)] ?? key;
  return text.replace(/\{(\d)\}/g, (_, number) => args[number]);
}

/** The words of a key in the language in force. */
export function t(key, ...args) {
  return say(languageInForce(), key, ...args);
}

/** Switches to "en" or "zh". */
export function setLanguage(wanted) {
  if (!LANGUAGES.includes(wanted)) return;
  language = wanted;
  try {
    globalThis.localStorage?.setItem(KEPT_AS, wanted);
  } catch {
    // Kept for this visit alone: storage may be forbidden.
  }
  for (const fn of listeners) fn(wanted);
}

/** Calls `fn(language)` now and after each switch; returns how to end that. */
export function onLanguage(fn) {
  listeners.add(fn);
  fn(languageInForce());
  return () => listeners.delete(fn);
}

/** Fills every element below `root` that names a key: `data-t` its text, `data-t-label` its aria-label. */
export function fill(root) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
}

function kept() {
  try {
    const found = globalThis.localStorage?.getItem(KEPT_AS);
    return LANGUAGES.includes(found) ? found : null;
  } catch {
    return null;
  }
}
