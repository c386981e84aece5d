/** Light and shade of mountains, over whatever colour the land has. */

const MIDDLE = 128; // grey of flat land

/** A picture of a relief, greys about MIDDLE, made into light and shade that let the ground through. */
export class Relief {
  #box;
  #canvas = null;

  /** `relief`: {box: [west, south, east, north], image: a data URI}, or nothing; `onReady` is called once it can be drawn. */
  constructor(relief, onReady) {
    if (!relief) return;
    this.#box = relief.box;
    const image = new Image();
    image.onload = () => {
      this.#canvas = shades(image);
      onReady();
    };
    image.src = relief.image;
  }

  /** Draws it where it is known, as strongly as `share`, 0 to 1. */
  draw(paper, projection, share) {
    if (!this.#canvas) return;
    paper.globalAlpha = share;
    drawOver(paper, projection, this.#canvas, this.#box);
    paper.globalAlpha = 1;
  }
}

/**
 * The 2D context of a layer that is painted when the view changes and not in each frame. It is painted in memory: where GL
 * is software, the many large pictures of such a layer would take it 5 to 10 times as long.
 */
export function still(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** Draws a picture of a box [west, south, east, north] onto the map. */
export function drawOver(paper, projection, picture, [west, south, east, north]) {
  const turn = projection.turn(west);
  const [left, right] = [west, east].map((longitude) => projection.turnedX(longitude, turn));
  const [top, bottom] = [projection.y(north), projection.y(south)];
  paper.drawImage(picture, left, top, right - left, bottom - top);
}

function shades(image) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const paper = still(canvas);
  paper.drawImage(image, 0, 0);
  const pixels = paper.getImageData(0, 0, canvas.width, canvas.height);
  const { data } = pixels;
  for (let i = 0; i < data.length; i += 4) {
    const grey = data[i];
    const white = grey > MIDDLE ? 255 : 0;
    data[i] = data[i + 1] = data[i + 2] = white;
    data[i + 3] = Math.min(255, 2 * Math.abs(grey - MIDDLE));
  }
  paper.putImageData(pixels, 0, 0);
  return canvas;
}
