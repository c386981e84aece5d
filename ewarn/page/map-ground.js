/** What stands still on the map: land, borders and names of prefectures. */

import {t} from "./words.js";

const NAMES_PX = 11;
const ROOM_PX = 6; // between two names

/** Draws the land under the dots; again only when size, view or theme change. */
export function drawGround(paper, projection, prefectures, css) {
  paper.clearRect(0, 0, projection.width, projection.height);
  paper.beginPath();
  for (const { rings } of prefectures) for (const ring of rings) trace(paper, projection, ring);
  paper.fillStyle = css.panel;
  paper.fill("nonzero");
}

/** Draws borders and names over the dots, which would hide them where users are many; again also when the language changes. */
export function drawNames(paper, projection, prefectures, css) {
  paper.clearRect(0, 0, projection.width, projection.height);
  paper.lineJoin = "round";
  paper.lineWidth = 1;
  paper.strokeStyle = css.muted;
  paper.globalAlpha = 0.45;
  paper.beginPath();
  for (const { rings } of prefectures) for (const ring of rings) trace(paper, projection, ring);
  paper.stroke();
  paper.globalAlpha = 1;
  names(paper, projection, prefectures, css);
}

function trace(paper, projection, ring) {
  const turn = projection.turn(ring[0]);
  paper.moveTo(projection.turnedX(ring[0], turn), projection.y(ring[1]));
  for (let i = 2; i < ring.length; i += 2) paper.lineTo(projection.turnedX(ring[i], turn), projection.y(ring[i + 1]));
  paper.closePath();
}

/** Names where there is room; wide prefectures come first, so that a small map still names them. */
function names(paper, projection, prefectures, css) {
  const size = NAMES_PX + Math.min(5, Math.log2(projection.zoom) * 1.5);
  paper.font = `${size}px ${css.sans}`;
  paper.textAlign = "center";
  paper.textBaseline = "middle";
  paper.lineWidth = 3;
  paper.strokeStyle = css.paper;
  paper.fillStyle = css.ink;
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
