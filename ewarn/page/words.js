/** What the page says, in the language of its reader: `languages.js` has all of them, made of the files in `ewarn/words`. */

import {LANGUAGES} from "./languages.js";

const CODES = Object.keys(LANGUAGES);
const KEPT_AS = "ewarn.language";
const listeners = new Set();
const quakes = new Map(); // by id, names by language
let language = null;

/** The code of the language in force: as chosen before, or the first that the browser prefers and we have. */
export function languageInForce() {
  language ??= kept() ?? preferred() ?? CODES[0];
  return language;
}

/** The words of a key, in the first language where this one has none; `{0}` and its like are filled in, by whatever `part` reads. */
export function t(key, ...given) {
  const text = of(LANGUAGES[languageInForce()], key) ?? of(LANGUAGES[CODES[0]], key) ?? key;
  return text.replace(/\{(\d)\}/g, (_, number) => part(given[number]));
}

/** What an object holds by itself: a file may name a key, such as "constructor", that every object answers to. */
function of(object, key) {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** What stands for itself; words as [key, ...]; a name by language as {en, zh}. */
function part(one) {
  if (Array.isArray(one)) return t(...one);
  return one !== null && typeof one === "object" ? inLanguage(one) : one;
}

/** That of the reader's language, of texts by the codes of languages. */
export function inLanguage(texts) {
  return of(texts, languageInForce()) ?? of(texts, CODES[0]);
}

/** A side of the globe and the degrees there; the place's axis is "latitude" or "longitude". */
export function degrees(value, axis) {
  const sides = axis === "latitude" ? ["north", "south"] : ["east", "west"];
  return t(`place.${sides[value < 0 ? 1 : 0]}`, `${Math.abs(value).toFixed(2)}°`);
}

/** Has quakes go by their names, objects by language, wherever their id is spoken of: {id, names} each. */
export function nameQuakes(known) {
  for (const {id, names} of known) if (names) quakes.set(id, names);
}

/** A quake by its id: its name, or the id where no name is known, as frames bring none. */
export function quakeName(id) {
  return quakes.has(id) ? inLanguage(quakes.get(id)) : id;
}

/** A sentence of a verdict, by its `said`: what each sentence is made of; English where that is not known. */
export function told(sentence, said) {
  const known = of(said ?? {}, sentence);
  return known ? t(...flat(known)) : sentence;
}

function flat({key, given}) {
  return [key, ...given.map((one) => (typeof one === "string" ? one : flat(one)))];
}

/** Has `button` name the next language and go on to it, and keeps the page's `lang` true. */
export function languageSwitch(button) {
  const next = () => CODES[(CODES.indexOf(languageInForce()) + 1) % CODES.length];
  button.addEventListener("click", () => setLanguage(next()));
  onLanguage(() => {
    document.documentElement.lang = t("language.tag");
    button.textContent = LANGUAGES[next()]["language.name"];
    fill(document);
  });
}

/** Switches to the language of a code; `keep`: for later visits too. */
export function setLanguage(wanted, keep = true) {
  if (!CODES.includes(wanted)) return;
  language = wanted;
  try {
    if (keep) globalThis.localStorage?.setItem(KEPT_AS, wanted);
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

/** Fills every element below `root` that names its words: `data-t` its text, `data-t-label` its aria-label. */
export function fill(root) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = spelled(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", spelled(element.dataset.tLabel));
}

/** The words of a key, of a JSON array of a key and what fills it in, or of an object of names by language. */
export function spelled(words) {
  return /^[[{]/.test(words) ? part(JSON.parse(words)) : t(words);
}

function preferred() {
  const wanted = globalThis.navigator?.languages ?? [];
  return wanted.map((tag) => tag.toLowerCase().split("-")[0]).find((code) => CODES.includes(code));
}

function kept() {
  try {
    const found = globalThis.localStorage?.getItem(KEPT_AS);
    return CODES.includes(found) ? found : null;
  } catch {
    return null;
  }
}
