/** The page's own benchmark: from one frame of the map on the screen to the next, receipts streaming in as they would. */

import {QuakeMap} from "./map.js";
import {Show} from "./show.js";
import {syntheticShow} from "./synthetic-show.js";

const FRAMES = 300;
const LAST_S = 60;

/** Draws 300 frames from 0 to 60 s with `users` users inside `root`; shows and returns times in milliseconds. */
export async function frameBench(root, users, outlines) {
  const [box, told] = [document.createElement("div"), document.createElement("pre")];
  box.className = "frame-bench";
  const place = document.createElement("div");
  box.append(told, place);
  root.append(box);
  told.textContent = `${users} users …`;
  await breath();
  const measured = await measure(new QuakeMap(place, outlines), users);
  told.textContent = JSON.stringify(measured, null, 1);
  return measured;
}

async function measure(map, users) {
  const made = syntheticShow(users);
  const show = new Show();
  show.take(made.scene);
  show.take(made.users);
  show.take(made.play);
  map.resize();
  map.show(show, 0);
  const upload_ms = drawn(map, 0);
  const [between, draws] = [new Float64Array(FRAMES), new Float64Array(FRAMES)];
  let before = await nextFrame();
  let next = 0;
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const t = ((frame + 1) * LAST_S) / FRAMES;
    if (t >= made.report.release_s && !show.plays[0].reports.length) show.take(made.report);
    while (next < made.receipts.length && made.receipts[next].t <= t) show.take(made.receipts[next++].block);
    const from = performance.now();
    map.draw(t);
    draws[frame] = performance.now() - from;
    const now = await nextFrame();
    between[frame] = now - before; // the browser's own part, which puts the layers together, is in it
    before = now;
  }
  const { renderer, uploaded_bytes } = map.engine;
  return {
    users,
    renderer,
    frames: FRAMES,
    median_ms: rank(between, 0.5),
    p95_ms: rank(between, 0.95),
    max_ms: rank(between, 1),
    draw_ms: rank(draws, 0.5),
    upload_ms: round(upload_ms),
    bytes: uploaded_bytes,
  };
}

/** Milliseconds until a picture is truly drawn. */
function drawn(map, t) {
  const from = performance.now();
  map.draw(t);
  map.finish();
  return performance.now() - from;
}

function nextFrame() {
  return new Promise((go) => requestAnimationFrame(() => go(performance.now())));
}

function rank(times, share) {
  return round(times.toSorted()[Math.ceil(share * times.length) - 1]);
}

function breath() {
  return new Promise((go) => setTimeout(go));
}

function round(ms) {
  return Math.round(ms * 100) / 100;
}
