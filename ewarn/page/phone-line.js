/** A phone's connections to the gateways of its platforms; they come back by themselves, in their own time. */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const GREETING_MS = 1500; // what comes so soon after connecting, or after moving, was in force before
const RESTARTING = 1012; // the service restarts: all come back in a moment, so not all at once
const RESTART_MS = 2000;
const MOST_TOLD = 8; // as many as a gateway takes

/** `onMessage(message, greeting)` for each message, `onState("connected" | "waiting", how many)` for each change. */
export class Line {
  #urls = [];
  #sockets = new Map();
  #places = [];
  #told = []; // quakes that were reported: who comes back and says so is told of them to the end
  #user;

  constructor(user, {onMessage, onState, WebSocket = globalThis.WebSocket, setTimeout = globalThis.setTimeout.bind(globalThis), random = Math.random}) {
    this.#user = user;
    Object.assign(this, {onMessage, onState, WebSocket, setTimeout, random});
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
      one.greeted_ms = performance.now();
      one.socket.send(JSON.stringify({type: "follow", places}));
      one.socket.send(JSON.stringify({type: "snapshot"}));
    }
  }

  #open(url, wait_ms) {
    const asked = this.#places.map(([latitude, longitude]) => `&place=${latitude.toFixed(5)},${longitude.toFixed(5)}`).join("");
    const told = this.#told.map((quake) => `&told=${encodeURIComponent(quake)}`).join("");
    const one = {socket: new this.WebSocket(`${url}?user=${encodeURIComponent(this.#user)}${asked}${told}`), places: this.#places, greeted_ms: null};
    this.#sockets.set(url, one);
    one.socket.addEventListener("open", () => this.#opened(one));
    one.socket.addEventListener("message", ({data}) => this.#heard(one, data));
    one.socket.addEventListener("close", ({code}) => this.#closed(url, one, code, wait_ms));
  }

  #opened(one) {
    one.greeted_ms = performance.now();
    // He may have moved while this was connecting.
    if (one.places !== this.#places) one.socket.send(JSON.stringify({type: "follow", places: this.#places}));
    one.socket.send(JSON.stringify({type: "snapshot"}));
    this.#tell();
  }

  #heard(one, data) {
    if (one.ended) return;
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return; // no gateway sends such; one broken message must not cost the next
    }
    if (message.type === "report" && !this.#told.includes(message.quake)) this.#told = [...this.#told, message.quake].slice(-MOST_TOLD);
    this.onMessage(message, performance.now() - one.greeted_ms < GREETING_MS);
  }

  #closed(url, one, code, wait_ms) {
    if (one.ended) return;
    this.#tell();
    const next_ms = one.greeted_ms === null ? wait_ms : FIRST_WAIT_MS;
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
