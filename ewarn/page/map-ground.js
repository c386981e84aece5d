/** What stands still on the map: land under the users, borders over them. */

const RELIEF = 0.22;
const RELIEF_ON_BANDS = 0.2;
const ELSEWHERE = 0.6; // how much neighbours fade

/** Draws the land under the dots; again only when size, view, theme or users change. `on`: {land, relief, density, box}. */
export function drawGround(paper, projection, on, css) {
  paper.clearRect(0, 0, projection.width, projection.height);
  const { prefectures, provinces = [], wide } = on.land;
  outline(paper, projection, wide ? [...prefectures, ...provinces] : prefectures);
  paper.fillStyle = css.land;
  paper.fill("nonzero");
  if (!wide) on.relief.draw(paper, projection, RELIEF); // it ends within a map of the nation
  if (!wide) fadeElsewhere(paper, projection, prefectures, css);
  on.density.draw(paper, projection, on.box);
}

function fadeElsewhere(paper, projection, areas, css) {
  outline(paper, projection, areas);
  paper.rect(0, 0, projection.width, projection.height);
  paper.globalAlpha = ELSEWHERE;
  paper.fillStyle = css.paper;
  paper.fill("evenodd");
  paper.globalAlpha = 1;
}

/** What bands of intensity must not hide, drawn onto them alone. */
export function shadeBands(paper, projection, on) {
  paper.globalCompositeOperation = "source-atop";
  if (!on.land.wide) on.relief.draw(paper, projection, RELIEF_ON_BANDS);
  on.density.draw(paper, projection, on.box);
  paper.globalCompositeOperation = "source-over";
}

/** Draws borders over the dots, which would hide them where users are many: those of neighbours faint. */
export function drawBorders(paper, projection, { land }, css) {
  paper.clearRect(0, 0, projection.width, projection.height);
  paper.lineJoin = "round";
  paper.lineWidth = 1;
  paper.strokeStyle = css.muted;
  for (const [areas, strength] of [[land.provinces ?? [], 0.35], [land.prefectures, 0.5]]) {
    paper.globalAlpha = strength;
    outline(paper, projection, areas);
    paper.stroke();
  }
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
