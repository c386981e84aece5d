/** Maps that are seen side by side show the same piece of the earth: one that is zoomed or moved takes the others along. */

/** Joins `maps`, [QuakeMap, ...], of which the first says what all show at first; a map is joined once. */
export function together(maps) {
  for (const map of maps) {
    map.onView = (view) => {
      for (const other of maps) if (other !== map) other.setView(view);
    };
  }
  const [first, ...others] = maps;
  if (first?.view) for (const other of others) other.setView(first.view);
}
