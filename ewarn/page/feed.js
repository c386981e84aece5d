/** The show as the server tells it, over a WebSocket that comes back by itself. */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const SILENT_MS = 30000; // a server sends a beat each 10 s: a longer silence is one that went without a goodbye

/**
 * Opens the feed. `onMessage` gets objects and ArrayBuffers, `onState` "open", "lost" or "garbled" with why; both are told
 * of each new connection by a `hello`, after which the show comes anew. Returns how to close it for good.
 */
export function openFeed(url, {onMessage, onState, WebSocket = globalThis.WebSocket, setTimeout = globalThis.setTimeout.bind(globalThis), clearTimeout = globalThis.clearTimeout.bind(globalThis)}) {
  let wait_ms = FIRST_WAIT_MS;
  let silence;
  let closed = false;
  let socket;

  function open() {
    const mine = new WebSocket(url);
    socket = mine;
    mine.binaryType = "arraybuffer";
    mine.addEventListener("open", () => {
      wait_ms = FIRST_WAIT_MS;
      onState("open");
      listen(mine);
    });
    mine.addEventListener("message", ({data}) => mine === socket && take(data, mine));
    mine.addEventListener("close", () => lost(mine));
  }

  /** One that is silent is given up at once: its own close may take minutes. */
  function listen(mine) {
    clearTimeout(silence);
    silence = setTimeout(() => {
      lost(mine);
      mine.close();
    }, SILENT_MS);
  }

  function lost(mine) {
    if (closed || mine !== socket) return;
    clearTimeout(silence);
    socket = null;
    onState("lost");
    setTimeout(open, wait_ms * (0.5 + Math.random()));
    wait_ms = Math.min(LONGEST_WAIT_MS, wait_ms * 2);
  }

  function take(data, mine) {
    listen(mine);
    try {
      onMessage(typeof data === "string" ? JSON.parse(data) : data);
    } catch (error) {
      onState("garbled", error.message);
    }
  }

  open();
  return () => {
    closed = true;
    clearTimeout(silence);
    socket?.close();
  };
}
