/** A phone's connections to the gateways of its platforms; they come back by themselves, in their own time. */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const GREETING_MS = 1500; // what comes so soon after connecting was in force before
const SENT_AWAY = 1012; // the service restarts: come back in a moment

/** `urls` may change at any time; `onMessage(message, greeting)`, `onState("connected" | "waiting")`. */
export class Line {
  #urls = [];
  #sockets = new Map();
  #places = [];
  #user;

  constructor(user, {onMessage, onState, WebSocket = globalThis.WebSocket, random = Math.random}) {
    this.#user = user;
    Object.assign(this, {onMessage, onState, WebSocket, random});
  }

  /** Where alerts come from, a platform each; none hangs up. */
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
    for (const {socket} of this.#sockets.values()) {
      if (socket?.readyState !== 1) continue;
      socket.send(JSON.stringify({type: "follow", places}));
      socket.send(JSON.stringify({type: "snapshot"}));
    }
  }

  #open(url, wait_ms) {
    const asked = this.#places.map(([latitude, longitude]) => `&place=${latitude.toFixed(5)},${longitude.toFixed(5)}`).join("");
    const one = {socket: new this.WebSocket(`${url}?user=${encodeURIComponent(this.#user)}${asked}`), opened_ms: 0};
    this.#sockets.set(url, one);
    one.socket.addEventListener("open", () => {
      one.opened_ms = performance.now();
      one.socket.send(JSON.stringify({type: "snapshot"}));
      this.#tell();
    });
    one.socket.addEventListener("message", ({data}) => {
      this.onMessage(JSON.parse(data), performance.now() - one.opened_ms < GREETING_MS);
    });
    one.socket.addEventListener("close", ({code}) => {
      if (one.ended) return;
      this.#tell();
      const later_ms = (code === SENT_AWAY || one.opened_ms ? FIRST_WAIT_MS : wait_ms) * (0.5 + this.random());
      one.timer = setTimeout(() => this.#open(url, Math.min(LONGEST_WAIT_MS, wait_ms * 2)), later_ms);
    });
  }

  #end(url, one) {
    one.ended = true;
    clearTimeout(one.timer);
    one.socket.close();
    this.#sockets.delete(url);
  }

  #tell() {
    const up = [...this.#sockets.values()].some(({socket}) => socket.readyState === 1);
    this.onState(up ? "connected" : "waiting");
  }
}
