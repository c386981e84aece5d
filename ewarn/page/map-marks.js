/** Marks of single things on the map: lines around areas, the epicentre, a report, the phone, a town, the cross of keys. */

/** A closed line through points [x, y, x, y, ...], as the path of a context. */
export function polygon(paper, points) {
  paper.beginPath();
  for (let i = 0; i < points.length; i += 2) paper.lineTo(points[i], points[i + 1]);
  paper.closePath();
}

/** Where a report says that the quake was. */
export function saltire(paper, [x, y], size) {
  paper.beginPath();
  paper.moveTo(x - size, y - size);
  paper.lineTo(x + size, y + size);
  paper.moveTo(x - size, y + size);
  paper.lineTo(x + size, y - size);
  paper.stroke();
}

/** The true epicentre. */
export function star(paper, [x, y], css) {
  paper.beginPath();
  for (let i = 0; i < 10; i += 1) {
    const [radius, angle] = [i % 2 ? 3.6 : 9, (Math.PI * i) / 5];
    paper.lineTo(x + radius * Math.sin(angle), y - radius * Math.cos(angle));
  }
  paper.closePath();
  haloed(paper, css, css["s-wave"]);
}

/** A needle with a head. */
export function pin(paper, [x, y], css) {
  paper.beginPath();
  paper.moveTo(x, y);
  paper.lineTo(x - 6, y - 12);
  paper.arc(x, y - 15, 6.7, 0.85 * Math.PI, 2.15 * Math.PI);
  paper.closePath();
  haloed(paper, css, css.accent);
  paper.beginPath();
  paper.arc(x, y - 15, 2.5, 0, 2 * Math.PI);
  paper.fillStyle = css.paper;
  paper.fill();
}

/** A town: a square, filled with the colour of its shaking once S is there. */
export function town(paper, [x, y], css, colour) {
  paper.beginPath();
  paper.rect(x - 3, y - 3, 6, 6);
  paper.fillStyle = colour ?? css.paper;
  paper.fill();
  paper.lineWidth = 1.5;
  paper.strokeStyle = css.ink;
  paper.stroke();
}

/** Four strokes about a place, for those who move by keys. */
export function crosshair(paper, [left, top], css) {
  const [x, y] = [Math.round(left) + 0.5, Math.round(top) + 0.5];
  for (const [width, colour] of [[4, css.paper], [1.5, css.accent]]) {
    paper.lineWidth = width;
    paper.strokeStyle = colour;
    paper.beginPath();
    for (const [right, down] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      paper.moveTo(x + 5 * right, y + 5 * down);
      paper.lineTo(x + 22 * right, y + 22 * down);
    }
    paper.stroke();
  }
}

function haloed(paper, css, colour) {
  paper.lineWidth = 3;
  paper.strokeStyle = css.paper;
  paper.stroke();
  paper.fillStyle = colour;
  paper.fill();
}
