/** Elements of a page and of a drawing. */

const SVG = "http://www.w3.org/2000/svg";

/** An element of a page, of a class. */
export function element(tag, name = "") {
  const made = document.createElement(tag);
  if (name) made.className = name;
  return made;
}

/** An element of an SVG with its attributes, and its text where it has one. */
export function drawn(tag, attributes, text = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}
