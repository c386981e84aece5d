/** The show as the server tells it, over a WebSocket that comes back by itself. */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

/**
 * Opens the feed. `onMessage` gets objects and ArrayBuffers, `onState` "open", "lost" or "garbled" with why; both are told
 * of each new connection by a `hello`, after which the show comes anew. Returns how to close it for good.
 */
export function openFeed(url, {onMessage, onState, WebSocket = globalThis.WebSocket}) {
  let wait_ms = FIRST_WAIT_MS;
  let closed = false;
  let socket;

  function open() {
    socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      wait_ms = FIRST_WAIT_MS;
      onState("open");
    });
    socket.addEventListener("message", ({data}) => take(data));
    socket.addEventListener("close", () => {
      if (closed) return;
      onState("lost");
      setTimeout(open, wait_ms * (0.5 + Math.random()));
      wait_ms = Math.min(LONGEST_WAIT_MS, wait_ms * 2);
    });
  }

  function take(data) {
    try {
      onMessage(typeof data === "string" ? JSON.parse(data) : data);
    } catch (error) {
      onState("garbled", error.message);
    }
  }

  open();
  return () => {
    closed = true;
    socket.close();
  };
}
