/** The form that starts and stops drills, by a socket and a token of its own. */

import {Rate} from "./rate.js";
import {fill, inLanguage, onLanguage, spelled, t} from "./words.js";

const SIZES = [2000, 20000, 100000, 500000];
const PATH = "/v1/stage";

/** Wires the form within `root`; `take(hello)` fills it, `state(message)` follows the drill. */
export class Controls {
  #root;
  #hello = null;
  #state = {state: "idle", line: ""};
  #rate;
  #token = new URLSearchParams(location.hash.slice(1)).get("token");

  constructor(root) {
    this.#root = root;
    this.#rate = new Rate(root);
    root.querySelector("#controls").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask({type: "start", ...this.#wish()});
    });
    this.#find("preset").addEventListener("click", () => this.#startPreset());
    this.#find("users").addEventListener("input", () => this.#rate.setUsers(Number(this.#find("users").value)));
    this.#find("stop").addEventListener("click", () => this.#ask({type: "stop"}));
    this.#find("beside").addEventListener("change", () => this.#agree());
    onLanguage(() => this.#speak());
  }

  /** What there is to choose from. */
  take(hello) {
    const fresh = !this.#hello;
    this.#hello = hello;
    if (fresh) this.#offer();
    this.#speak();
  }

  /** How far the drill is. */
  state(message) {
    this.#state = message;
    const bar = this.#find("progress");
    bar.hidden = message.state !== "connecting";
    bar.max = Math.max(1, message.total);
    bar.value = message.done;
    this.#speak();
  }

  /** Says what went wrong, in English or as `words` of the reader's language; an empty text takes it back. */
  complain(text, words) {
    const box = this.#find("problem");
    box.textContent = words ? spelled(words) : text;
    if (words) box.dataset.t = words;
    else delete box.dataset.t;
  }

  /** Says what is wrong with the feed; an empty text takes it back. */
  feedTrouble(text) {
    this.#find("feed-problem").textContent = text;
  }

  #offer() {
    const {quakes, engines, orders, faults, most_users: most, promise_s, defaults} = this.#hello;
    this.#rate.offer(promise_s, defaults.rate_per_s);
    this.#rate.setUsers(defaults.users);
    this.#find("quake").replaceChildren(...quakes.map((quake) => named(quake, defaults.quake)));
    choices(this.#find("engine"), "means", engines, defaults.engine);
    choices(this.#find("order"), "order", orders, defaults.orders[0]);
    choices(this.#find("beside"), "order", ["", ...orders], defaults.orders[1] ?? "");
    choices(this.#find("fault"), "fault", faults, defaults.fault);
    this.#find("users").max = most;
    this.#find("users").value = defaults.users;
    this.#find("sizes").replaceChildren(...SIZES.filter((size) => size <= most).map((size) => new Option(size, size)));
  }

  #wish() {
    const value = (id) => this.#find(id).value;
    const orders = [value("order"), value("beside")].filter((order) => order);
    const {rate_per_s} = this.#rate;
    return {quake: value("quake"), users: Number(value("users")), engine: value("engine"), orders, fault: value("fault"), rate_per_s};
  }

  /** Fills in the form, so that it says what is played, and starts. */
  #startPreset() {
    const {quake, orders, rate_share: share} = this.#hello.preset;
    this.#find("quake").value = quake;
    [this.#find("order").value, this.#find("beside").value] = orders;
    this.#rate.chooseShare(share);
    this.#agree();
    this.#ask({type: "start", ...this.#wish()});
  }

  /** A fault befalls one play alone. */
  #agree() {
    const [fault, two] = [this.#find("fault"), Boolean(this.#find("beside").value)];
    fault.disabled = two || this.#token === null;
    if (two) fault.value = "none";
    fault.title = two ? t("shell.apart-short") : "";
  }

  #ask(message) {
    this.complain("");
    const socket = new WebSocket(`ws://${this.#hello.control}${PATH}`);
    socket.addEventListener("open", () => socket.send(JSON.stringify({...message, token: this.#token})));
    socket.addEventListener("message", ({data}) => {
      const answer = JSON.parse(data);
      if (answer.type === "error") this.complain(answer.problem, answer.words);
      socket.close();
    });
    socket.addEventListener("error", () => this.complain("", "shell.no-control"));
  }

  #speak() {
    const {state, line, words, done, total} = this.#state;
    // Numbers stand apart from the words that are read out: nobody wants to hear each.
    this.#find("numbers").textContent = state === "connecting" ? `${done.toLocaleString("en")} / ${total.toLocaleString("en")}` : "";
    this.#find("doing").textContent = t(`state.${state}`, words ? spelled(words) : (line ?? ""));
    this.#rate.speak();
    this.#sayPreset();
    this.#enable(state);
  }

  /** Which quake a press plays: what it is about in the reader's language. */
  #sayPreset() {
    const {preset, quakes = []} = this.#hello ?? {};
    const {name, names} = quakes.find(({id}) => id === preset?.quake) ?? {};
    const orders = preset?.orders.map((order) => [`order.${order}`]) ?? [];
    this.#find("preset").lastElementChild.textContent = preset ? t("preset.what", names ?? name, ...orders) : "";
  }

  #enable(state) {
    const master = this.#token !== null && this.#hello !== null;
    for (const id of ["quake", "users", "engine", "order", "beside", "fault", "rate"]) this.#find(id).disabled = !master;
    if (master) this.#agree();
    const on = ["preparing", "connecting", "playing", "judging"].includes(state);
    for (const id of ["start", "preset"]) this.#find(id).disabled = !master || on;
    this.#find("stop").disabled = !master || state === "idle";
    if (this.#token === null) this.complain("", "shell.no-token");
    // Who only watches is shown no form: what it would say is not what is played.
    this.#find("controls").classList.toggle("watching", this.#token === null);
    this.#find("problem").classList.toggle("reason", this.#token === null);
  }

  #find(id) {
    return this.#root.querySelector(`#${id}`);
  }
}

/** An option for a quake, by its name in the reader's language. */
function named({id, name, names}, chosen) {
  const option = new Option(names ? inLanguage(names) : name, id, false, id === chosen);
  if (names) option.dataset.t = JSON.stringify(names);
  return option;
}

/** Options whose words stand in `section`; an empty one is none. */
function choices(select, section, values, chosen) {
  const options = values.map((value) => {
    const option = new Option("", value, false, value === chosen);
    option.dataset.t = value ? `${section}.${value}` : "fault.none";
    return option;
  });
  select.replaceChildren(...options);
  fill(select);
}
