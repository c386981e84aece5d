/** What a phone follows: up to ten places, the first of them home; chosen from the seats of Sichuan or on the map. */

import {button, make, refill} from "./phone-elements.js";
import {t} from "./words.js";

const MOST = 10; // what a gateway lets one follow
const LONGEST = 40; // of a name, characters
/** Seats of prefectures and the towns of known quakes: [key of its name in `place`, latitude, longitude]. */
const SEATS = [
  ["510100", 30.66, 104.06],
  ["kangding", 30.05, 101.96],
  ["511800", 29.98, 103.0],
  ["luding", 29.91, 102.23],
  ["moxi", 29.65, 102.12],
  ["510700", 31.47, 104.74],
  ["511100", 29.56, 103.76],
  ["xichang", 27.89, 102.26],
  ["511500", 28.77, 104.62],
  ["510500", 28.87, 105.44],
  ["barkam", 31.91, 102.21],
  ["jiuzhaigou", 33.26, 104.24],
  ["510800", 32.44, 105.84],
  ["510400", 26.58, 101.72],
];
const FIRST = ["kangding", "510100"];

/** The list inside `element`, folded until asked for; `onChange` is called after each change. */
export class Places {
  #renaming = null;

  constructor(element, places, onChange) {
    this.element = element;
    this.onChange = onChange;
    this.list = (places ?? FIRST.map(seat)).slice(0, MOST);
    this.fold = make("details", "places-fold", make("summary", "places-title"), make("div", "places-inner"));
    element.append(this.fold);
  }

  /** The place where one lives. */
  get home() {
    return this.list[0];
  }

  /** [latitude, longitude] each. */
  asked() {
    return this.list.map(({latitude, longitude}) => [latitude, longitude]);
  }

  /** By its number in frames. */
  nameOf(number) {
    return this.list[number] ? name(this.list[number]) : `#${number}`;
  }

  /** Follows these instead, as many as may be. */
  set(places) {
    this.list = places.slice(0, MOST);
    this.#changed();
  }

  /** Home is a point of the map from now on. */
  setHome({latitude, longitude}) {
    this.set([{picked: true, latitude, longitude}, ...this.list.filter((place) => !place.picked)]);
  }

  /** Draws the list anew, in the language in force. */
  draw() {
    this.fold.firstChild.textContent = t("phone.places", this.list.length, MOST);
    const list = make("ul", "places-list", ...this.list.map((place, number) => (place === this.#renaming ? this.#renamer(place) : this.#item(place, number))));
    refill(this.fold.lastChild, list, this.#adder());
  }

  #item(place, number) {
    const words = number ? name(place) : `${name(place)} (${t("phone.home")})`;
    const rename = button("rename", "✎", `rename ${number}`, () => this.#rename(place));
    rename.setAttribute("aria-label", t("phone.rename", name(place)));
    const remove = button("remove", "×", `remove ${number}`, () => this.set(this.list.filter((one) => one !== place)));
    remove.setAttribute("aria-label", t("phone.remove", name(place)));
    return make("li", "place", make("span", "place-words", words), rename, this.list.length > 1 ? remove : null);
  }

  #rename(place) {
    this.#renaming = place;
    this.draw();
    this.fold.querySelector("input").select();
  }

  #renamer(place) {
    const input = Object.assign(make("input", "new-name"), {value: name(place), maxLength: LONGEST});
    input.setAttribute("aria-label", t("phone.rename", name(place)));
    const form = make("form", "rename-form", input, Object.assign(button("save", t("phone.save"), "save", () => {}), {type: "submit"}));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#renaming = null;
      const given = {...place, seat: undefined, name: input.value.trim() || name(place)};
      this.set(this.list.map((one) => (one === place ? given : one)));
    });
    return make("li", "place", form);
  }

  #adder() {
    const select = make("select", "new-place");
    select.setAttribute("aria-label", t("phone.new-place"));
    select.dataset.key = "new-place";
    const open = SEATS.filter(([key]) => !this.list.some((place) => place.seat === key));
    select.append(...open.map(([key]) => new Option(t(`place.${key}`), key)));
    const add = Object.assign(button("add", t("phone.add"), "add", () => {}), {type: "submit", disabled: this.list.length >= MOST || !open.length});
    const form = make("form", "add-form", select, add);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.set([...this.list, seat(select.value)]);
    });
    return form;
  }

  #changed() {
    this.draw();
    this.onChange();
  }
}

function seat(key) {
  const [, latitude, longitude] = SEATS.find(([one]) => one === key);
  return {seat: key, latitude, longitude};
}

function name(place) {
  if (place.seat) return t(`place.${place.seat}`);
  return place.name ?? t("phone.picked", place.latitude.toFixed(2), place.longitude.toFixed(2));
}
