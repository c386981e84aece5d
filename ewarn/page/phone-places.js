/** What a phone follows: up to ten places, the first of them home; chosen from the seats of Sichuan or on the map. */

import {button, make, refill} from "./phone-elements.js";
import {languageInForce, t} from "./words.js";

const MOST = 10; // what a gateway lets one follow
const LONGEST = 40; // of a name, characters
/** Seats of prefectures and the towns of known quakes: [English, Chinese, latitude, longitude]. */
const SEATS = [
  ["Chengdu", "成都", 30.66, 104.06],
  ["Kangding", "康定", 30.05, 101.96],
  ["Ya'an", "雅安", 29.98, 103.0],
  ["Luding", "泸定", 29.91, 102.23],
  ["Moxi", "磨西", 29.65, 102.12],
  ["Mianyang", "绵阳", 31.47, 104.74],
  ["Leshan", "乐山", 29.56, 103.76],
  ["Xichang", "西昌", 27.89, 102.26],
  ["Yibin", "宜宾", 28.77, 104.62],
  ["Luzhou", "泸州", 28.87, 105.44],
  ["Barkam", "马尔康", 31.91, 102.21],
  ["Jiuzhaigou", "九寨沟", 33.26, 104.24],
  ["Guangyuan", "广元", 32.44, 105.84],
  ["Panzhihua", "攀枝花", 26.58, 101.72],
];
const FIRST = ["Kangding", "Chengdu"];

/** The list inside `element`, folded until asked for; `onChange` is called after each change. */
export class Places {
  #renaming = null;

  constructor(element, places, onChange) {
    this.element = element;
    this.onChange = onChange;
    this.list = (places ?? FIRST.map((name) => SEATS.find(([english]) => english === name)).map(seat)).slice(0, MOST);
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
      const given = {...place, names: undefined, name: input.value.trim() || name(place)};
      this.set(this.list.map((one) => (one === place ? given : one)));
    });
    return make("li", "place", form);
  }

  #adder() {
    const select = make("select", "new-place");
    select.setAttribute("aria-label", t("phone.new-place"));
    select.dataset.key = "new-place";
    const open = SEATS.filter(([english]) => !this.list.some((place) => place.names?.[0] === english));
    select.append(...open.map((one) => new Option(name(seat(one)), one[0])));
    const add = Object.assign(button("add", t("phone.add"), "add", () => {}), {type: "submit", disabled: this.list.length >= MOST || !open.length});
    const form = make("form", "add-form", select, add);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.set([...this.list, seat(SEATS.find(([english]) => english === select.value))]);
    });
    return form;
  }

  #changed() {
    this.draw();
    this.onChange();
  }
}

function seat([english, chinese, latitude, longitude]) {
  return {names: [english, chinese], latitude, longitude};
}

function name(place) {
  if (place.names) return place.names[languageInForce() === "zh" ? 1 : 0];
  return place.name ?? t("phone.picked", place.latitude.toFixed(2), place.longitude.toFixed(2));
}
