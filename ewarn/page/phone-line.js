/** A phone's connections to the gateways of its platforms; they come back by themselves, in their own time. */

import {ServiceClock} from "./phone-clock.js";
import {frameOf, isQuake} from "./phone-frame.js";
import {InOrder} from "./phone-order.js";
import {unverified, Verifier} from "./phone-signature.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const RESTARTING = 1012; // the service restarts: all come back in a moment, so not all at once
const RESTART_MS = 2000;
const MOST_TOLD = 8; // as many as a gateway takes

/**
 * `onMessage(message, trust)` for each message, in the order in which they came, `onState("connected" | "waiting", how many)` for
 * each change, `onTime()` when the service has said what time it is; sets `clock`, a ServiceClock, and has each report
 * checked by `verifier`.
 */
export class Line {
  #urls = [];
  #sockets = new Map();
  #places = [];
  #told = []; // quakes that were reported: who comes back and says so is told of them to the end
  #user;

  constructor(user, {onMessage, onState, onTime = () => {}, clock = new ServiceClock(), verifier = new Verifier(), WebSocket = globalThis.WebSocket, setTimeout = globalThis.setTimeout.bind(globalThis), random = Math.random}) {
    this.#user = user;
    Object.assign(this, {onMessage, onState, onTime, clock, verifier, WebSocket, setTimeout, random});
  }

  /** Where alerts come from, a platform each; with none it waits. The same user twice is two devices. */
  setUrls(urls) {
    if (JSON.stringify(urls) === JSON.stringify(this.#urls)) return;
    this.#urls = urls;
    for (const [url, one] of this.#sockets) if (!urls.includes(url)) this.#end(url, one);
    for (const url of urls) if (!this.#sockets.has(url)) this.#open(url, FIRST_WAIT_MS);
    this.#tell();
  }

  /** What is followed, [latitude, longitude] each, the home first. */
  setPlaces(places) {
    this.#places = places;
    for (const one of this.#sockets.values()) {
      if (one.socket.readyState !== 1) continue;
      one.socket.send(JSON.stringify({type: "follow", places}));
      one.socket.send(JSON.stringify({type: "snapshot"}));
    }
  }

  /** Asks the service what time it is, wherever it is connected. */
  askTime() {
    for (const {socket} of this.#sockets.values()) if (socket.readyState === 1) this.#ask(socket);
  }

  #ask(socket) {
    socket.send(JSON.stringify(this.clock.question()));
  }

  #open(url, wait_ms) {
    const asked = this.#places.map(([latitude, longitude]) => `&place=${latitude.toFixed(5)},${longitude.toFixed(5)}`).join("");
    const told = this.#told.map((quake) => `&told=${encodeURIComponent(quake)}`).join("");
    const one = {socket: new this.WebSocket(`${url}?user=${encodeURIComponent(this.#user)}${asked}${told}`), places: this.#places, opened: false, order: new InOrder()};
    this.#sockets.set(url, one);
    one.socket.addEventListener("open", () => this.#opened(one));
    one.socket.addEventListener("message", ({data}) => this.#heard(one, data));
    one.socket.addEventListener("close", ({code}) => this.#closed(url, one, code, wait_ms));
  }

  #opened(one) {
    one.opened = true;
    this.#ask(one.socket); // before all else: what comes next is counted by the answer
    // Its user may have moved while this was connecting.
    if (one.places !== this.#places) one.socket.send(JSON.stringify({type: "follow", places: this.#places}));
    one.socket.send(JSON.stringify({type: "snapshot"}));
    this.#tell();
  }

  #heard(one, data) {
    const frame = one.ended ? null : frameOf(data);
    if (!frame) return;
    const {message, signed, words, signature} = frame;
    if (message.type === "time") return this.#timed(message);
    const trust = signed ? this.verifier.check(words, signature) : unverified("snapshot");
    one.order.do(trust, (found) => one.ended || this.#judged(message, found));
  }

  #timed(message) {
    this.clock.answer(message);
    this.onTime();
  }

  #judged(message, trust) {
    const {type, quake} = message;
    const told = trust.kind !== "forged" && type === "report" && isQuake(quake);
    if (told && !this.#told.includes(quake)) this.#told = [...this.#told, quake].slice(-MOST_TOLD);
    this.onMessage(message, trust);
  }

  #closed(url, one, code, wait_ms) {
    if (one.ended) return;
    this.#tell();
    const next_ms = one.opened ? FIRST_WAIT_MS : wait_ms;
    const later_ms = (code === RESTARTING ? RESTART_MS : next_ms) * (0.5 + this.random());
    one.timer = this.setTimeout(() => one.ended || this.#open(url, Math.min(LONGEST_WAIT_MS, next_ms * 2)), later_ms);
  }

  #end(url, one) {
    one.ended = true;
    clearTimeout(one.timer);
    one.socket.close();
    this.#sockets.delete(url);
  }

  #tell() {
    const up = [...this.#sockets.values()].filter(({socket}) => socket.readyState === 1).length;
    this.onState(up ? "connected" : "waiting", up);
  }
}
