/** What a phone follows: up to ten places, the first of them home; chosen from the seats of Sichuan or on the map. */

import {languageInForce, t} from "./words.js";

const MOST = 10;
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

/** The list inside `element`; `onChange` is called after each change. */
export class Places {
  constructor(element, places, onChange) {
    this.element = element;
    this.onChange = onChange;
    this.list = places ?? FIRST.map((name) => SEATS.find(([english]) => english === name)).map(seat);
    this.draw();
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

  set(places) {
    this.list = places.slice(0, MOST);
    this.#changed();
  }

  setHome({latitude, longitude}) {
    this.list = [{picked: true, latitude, longitude}, ...this.list.filter((place) => !place.picked)].slice(0, MOST);
    this.#changed();
  }

  draw() {
    const title = Object.assign(document.createElement("h3"), {textContent: t("phone.places")});
    const list = document.createElement("ul");
    this.list.forEach((place, number) => list.append(this.#item(place, number)));
    this.element.replaceChildren(title, list, this.#adder());
  }

  #item(place, number) {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("span"), {textContent: number ? name(place) : `${name(place)} (${t("phone.home")})`}));
    if (this.list.length > 1) {
      const button = Object.assign(document.createElement("button"), {type: "button", textContent: "×"});
      button.setAttribute("aria-label", t("phone.remove", name(place)));
      button.addEventListener("click", () => {
        this.list = this.list.filter((one) => one !== place);
        this.#changed();
      });
      item.append(button);
    }
    return item;
  }

  #adder() {
    const form = document.createElement("form");
    const select = document.createElement("select");
    select.setAttribute("aria-label", t("phone.new-place"));
    const open = SEATS.filter(([english]) => !this.list.some((place) => place.names?.[0] === english));
    select.append(...open.map((one) => new Option(name(seat(one)), one[0])));
    const button = Object.assign(document.createElement("button"), {type: "submit", textContent: t("phone.add"), disabled: this.list.length >= MOST});
    form.append(select, button);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.list = [...this.list, seat(SEATS.find(([english]) => english === select.value))];
      this.#changed();
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
  return place.name ?? `${t("phone.picked")} ${place.latitude.toFixed(2)}, ${place.longitude.toFixed(2)}`;
}
