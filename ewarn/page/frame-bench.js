/** The page's own benchmark: how long one frame of the map takes, receipts streaming in as they would. */

import {QuakeMap} from "./map.js";
import {Show} from "./show.js";
import {syntheticShow} from "./synthetic-show.js";

const FRAMES = 300;
const LAST_S = 60;
const A_BREATH = 10; // frames between which the page may do something else

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
  const upload_ms = timed(map, 0);
  const took = new Float64Array(FRAMES);
  let next = 0;
  for (let frame = 0; frame < FRAMES; frame += 1) {
    if (frame % A_BREATH === 0) await breath();
    const t = ((frame + 1) * LAST_S) / FRAMES;
    if (t >= made.report.release_s && !show.plays[0].reports.length) show.take(made.report);
    while (next < made.receipts.length && made.receipts[next].t <= t) show.take(made.receipts[next++].block);
    took[frame] = timed(map, t);
  }
  took.sort();
  const { renderer, uploaded_bytes } = map.engine;
  const rank = (share) => round(took[Math.ceil(share * FRAMES) - 1]);
  return { users, renderer, frames: FRAMES, median_ms: rank(0.5), p95_ms: rank(0.95), max_ms: rank(1), upload_ms: round(upload_ms), bytes: uploaded_bytes };
}

function timed(map, t) {
  const from = performance.now();
  map.draw(t);
  map.finish();
  return performance.now() - from;
}

function breath() {
  return new Promise((go) => setTimeout(go));
}

function round(ms) {
  return Math.round(ms * 100) / 100;
}
