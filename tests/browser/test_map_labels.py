"""Labels of the map: none covers another, none is cut, none jumps; as a pure function, and on the page."""

import pytest

from tests.browser.patience import becomes

MANY = """
async () => {
  const {placeLabels, around, GAP_PX} = await import("/map-labels.js");
  let state = 20;
  const random = (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 4294967296) * most;
  };
  const apart = (one, two) =>
    one[2] + GAP_PX <= two[0] || two[2] + GAP_PX <= one[0] || one[3] + GAP_PX <= two[1] || two[3] + GAP_PX <= one[1];
  const faults = [];
  let placed = 0;
  for (let round = 0; round < 400; round += 1) {
    const room = {width: 40 + random(800), height: 40 + random(600), taken: []};
    for (let i = random(5); i > 1; i -= 1) {
      const [left, top] = [random(room.width), random(room.height)];
      room.taken.push([left, top, left + random(60), top + random(60)]);
    }
    const wanted = Array.from({length: random(40) | 0}, (_, i) => {
      const height = 10 + random(8);
      const spots = around(random(room.width) - 10, random(room.height) - 10, random(12), height);
      return {id: `label ${i}`, width: random(120), height, spots: spots.slice(0, random(9) | 0)};
    });
    const found = placeLabels(wanted, room);
    const boxes = [...found.values()].map(({box}) => box);
    placed += boxes.length;
    boxes.forEach((box, i) => {
      if (box[0] < 0 || box[1] < 0 || box[2] > room.width || box[3] > room.height) faults.push(`cut: ${box}`);
      const others = [...boxes.slice(i + 1), ...room.taken];
      for (const other of others) if (!apart(box, other)) faults.push(`over: ${box}; ${other}`);
    });
    const first = wanted.find(({spots, width, height}) => spots.length && width && height);
    if (first && !room.taken.length && first === wanted[0] && !found.has(first.id)) {
      const alone = placeLabels([first], room);
      if (alone.size) faults.push(`the first was left out: ${first.id}`);
    }
    if (JSON.stringify([...placeLabels(wanted, room, found)]) !== JSON.stringify([...found])) faults.push("jumped");
  }
  return {faults, placed};
}
"""
OVERLAPS = """
() => [...document.querySelectorAll(".quake-map")].flatMap(({quakeMap, querySelector}, which) => {
  const {clientWidth: width, clientHeight: height} = quakeMap.surface;
  const labels = width ? quakeMap.labels : []; // behind a tab nothing is written
  return labels.flatMap(({words, box}, i) => [
    ...(box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height ? [`${which}: ${words} is cut`] : []),
    ...labels.slice(i + 1)
      .filter(({box: other}) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])
      .map((other) => `${which}: ${words} over ${other.words}`),
  ]);
})
"""
COUNT = "() => document.querySelector('.quake-map').quakeMap.labels.length"


def test_of_any_labels_none_covers_another_nor_is_cut_nor_jumps(modules):
    found = modules.evaluate(MANY)
    assert found["faults"] == []
    assert found["placed"] > 1000


def test_a_label_keeps_its_spot_while_it_fits_there(modules):
    spots = modules.evaluate(
        """async () => {
          const {placeLabels} = await import("/map-labels.js");
          const label = (x) => [{id: "S", width: 10, height: 10, spots: [[x, 50, "center"], [x, 80, "center"]]}];
          const room = (...taken) => ({width: 100, height: 100, taken});
          const pushed = placeLabels(label(50), room([40, 40, 60, 60]));
          const stays = placeLabels(label(51), room(), pushed);
          const gone = placeLabels(label(51), room([40, 70, 60, 90]), stays);
          return [pushed, stays, gone].map((placed) => placed.get("S").spot);
        }"""
    )
    assert spots == [1, 1, 0]


DRAWN = """async (second) => {
  const map = document.querySelector(".quake-map").quakeMap;
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  map.draw(second + 1e-6);
  // What stands around a map may grow by what it says, and the map has another size a frame later.
  await frame();
  await frame();
  map.draw(second + 2e-6);
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (390, 844), (820, 1180), (1024, 600)])
def test_on_the_page_no_label_of_the_map_covers_another_in_either_language(over, width, height):
    over.set_viewport_size({"width": width, "height": height})
    becomes(over, lambda: over.evaluate(COUNT) > 12, True)
    for _ in ("en", "zh"):
        over.click("#language")
        for second in (6, 20, 28, 70):
            # In one turn of the page, so that no frame of its own comes between.
            found = over.evaluate(f"async (second) => {{ await ({DRAWN})(second); return ({OVERLAPS})(); }}", second)
            assert found == [], second
