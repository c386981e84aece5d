/** The lowest layer: outlines and names of prefectures. */

import {t} from "./words.js";

const NAMES_PX = 11;
const ROOM_PX = 6; // between two names

/** Draws the outlines once; again only when size, view, theme or language change. */
export function drawGround(paper, projection, prefectures, css) {
  paper.clearRect(0, 0, projection.width, projection.height);
  paper.lineJoin = "round";
  paper.lineWidth = 1;
  paper.fillStyle = css.panel;
  paper.strokeStyle = css.line;
  for (const { rings } of prefectures) {
    paper.beginPath();
    for (const ring of rings) trace(paper, projection, ring);
    paper.fill();
    paper.stroke();
  }
  names(paper, projection, prefectures, css);
}

function trace(paper, projection, ring) {
  paper.moveTo(projection.x(ring[0]), projection.y(ring[1]));
  for (let i = 2; i < ring.length; i += 2) paper.lineTo(projection.x(ring[i]), projection.y(ring[i + 1]));
  paper.closePath();
}

/** Names where there is room; wide prefectures come first, so that a small map still names them. */
function names(paper, projection, prefectures, css) {
  const size = NAMES_PX + Math.min(5, Math.log2(projection.zoom) * 1.5);
  paper.font = `${size}px ${css.sans}`;
  paper.textAlign = "center";
  paper.textBaseline = "middle";
  paper.lineWidth = 3;
  paper.strokeStyle = css.panel;
  paper.fillStyle = css.muted;
  const taken = [];
  for (const prefecture of [...prefectures].sort((one, other) => width(other) - width(one))) {
    const word = t(`place.${prefecture.id}`);
    const [x, y] = [projection.x(prefecture.label[0]), projection.y(prefecture.label[1])];
    const half = paper.measureText(word).width / 2 + ROOM_PX / 2;
    const box = [x - half, y - size / 2 - ROOM_PX / 2, x + half, y + size / 2 + ROOM_PX / 2];
    if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
    taken.push(box);
    paper.strokeText(word, x, y);
    paper.fillText(word, x, y);
  }
}

function width({ rings: [ring] }) {
  let [west, east] = [Infinity, -Infinity];
  for (let i = 0; i < ring.length; i += 2) [west, east] = [Math.min(west, ring[i]), Math.max(east, ring[i])];
  return east - west;
}
