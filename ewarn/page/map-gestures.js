/** What fingers, mouse and keys ask of the map: pick a place, zoom, pan, or move the cross. */

const CLICK_PX = 6; // a press that moves farther is a drag
const STEP_PX = 10;
const LEAP_PX = 50; // with shift
const WHEEL = 0.0015;
const BY_KEY = 1.5;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Listens on `surface`; asks `{zoomAt(x, y, factor), zoomed(), pan(right, down), reset(), pick(x, y), moveCross(right, down), pickCross(), hideCross()}`. */
export function listen(surface, asks) {
  const fingers = new Map();
  let travelled = 0;

  surface.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    if (!fingers.size) travelled = 0;
    fingers.set(event.pointerId, at(event));
    surface.setPointerCapture(event.pointerId);
  });
  surface.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const after = at(event);
    travelled += Math.hypot(after.x - before.x, after.y - before.y);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) pinch(before, after, other);
    else if (travelled > CLICK_PX) asks.pan(after.x - before.x, after.y - before.y);
    fingers.set(event.pointerId, after);
  });
  surface.addEventListener("pointerup", (event) => {
    const last = fingers.delete(event.pointerId) && !fingers.size;
    if (last && travelled <= CLICK_PX) asks.pick(event.clientX, event.clientY);
  });
  surface.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  surface.addEventListener("dblclick", () => asks.reset());
  surface.addEventListener("wheel", wheel, { passive: false });
  surface.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && key(event)) event.preventDefault();
  });
  surface.addEventListener("blur", () => asks.hideCross());

  function at(event) {
    const { left, top } = surface.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  function pinch(before, after, other) {
    travelled = Infinity;
    const [wide, narrow] = [after, before].map(({ x, y }) => Math.max(10, Math.hypot(x - other.x, y - other.y)));
    asks.zoomAt((after.x + other.x) / 2, (after.y + other.y) / 2, wide / narrow);
    asks.pan((after.x - before.x) / 2, (after.y - before.y) / 2);
  }

  function wheel(event) {
    if (event.deltaY > 0 && !asks.zoomed()) return; // nothing to zoom out of: the page scrolls
    event.preventDefault();
    const { x, y } = at(event);
    asks.zoomAt(x, y, Math.exp(-event.deltaY * WHEEL * (event.deltaMode ? 20 : 1)));
  }

  function key(event) {
    const step = event.shiftKey ? LEAP_PX : STEP_PX;
    const [x, y] = [surface.clientWidth / 2, surface.clientHeight / 2];
    if (ARROWS[event.key]) asks.moveCross(...ARROWS[event.key].map((one) => one * step));
    else if (event.key === "Enter") asks.pickCross();
    else if (event.key === "+" || event.key === "=") asks.zoomAt(x, y, BY_KEY);
    else if (event.key === "-") asks.zoomAt(x, y, 1 / BY_KEY);
    else if (event.key === "0") asks.reset();
    else if (event.key === "Escape") asks.hideCross();
    else return false;
    return true;
  }
}
