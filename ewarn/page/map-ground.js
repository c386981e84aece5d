/** What stands still on the map: land under the users, borders over them. */

/** Draws the land under the dots; again only when size, view or theme change. `areas`: [{rings}, ...]. */
export function drawGround(paper, projection, { prefectures }, css) {
  paper.clearRect(0, 0, projection.width, projection.height);
  outline(paper, projection, prefectures);
  paper.fillStyle = css.panel;
  paper.fill("nonzero");
}

/** Draws borders over the dots, which would hide them where users are many. */
export function drawBorders(paper, projection, { prefectures }, css) {
  paper.clearRect(0, 0, projection.width, projection.height);
  paper.lineJoin = "round";
  paper.lineWidth = 1;
  paper.strokeStyle = css.muted;
  paper.globalAlpha = 0.45;
  outline(paper, projection, prefectures);
  paper.stroke();
  paper.globalAlpha = 1;
}

function outline(paper, projection, areas) {
  paper.beginPath();
  for (const { rings } of areas) for (const ring of rings) trace(paper, projection, ring);
}

function trace(paper, projection, ring) {
  const turn = projection.turn(ring[0]);
  paper.moveTo(projection.turnedX(ring[0], turn), projection.y(ring[1]));
  for (let i = 2; i < ring.length; i += 2) paper.lineTo(projection.turnedX(ring[i], turn), projection.y(ring[i + 1]));
  paper.closePath();
}
