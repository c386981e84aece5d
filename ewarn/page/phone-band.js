/** The band that says DRILL in both languages, above everything, and that nothing can take off. */

const SAID = "DRILL 演练";

/** Puts the band first into `root` and puts it back whenever anyone takes it off, empties or hides it; returns how to end that. */
export function keepBand(root) {
  const band = document.createElement("p");
  const keeper = new MutationObserver(() => restore(root, band));
  restore(root, band);
  keeper.observe(root, {childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["class", "style", "hidden", "aria-hidden", "inert"]});
  return () => keeper.disconnect();
}

/** Writes only what is not as it should be: each write is a change that is observed again. */
function restore(root, band) {
  if (root.firstChild !== band) root.prepend(band);
  if (band.textContent !== SAID) band.textContent = SAID;
  if (band.className !== "phone-band") band.className = "phone-band";
  for (const name of ["style", "hidden", "aria-hidden", "inert"]) if (band.hasAttribute(name)) band.removeAttribute(name);
}
