"""Dots that are added to the picture before give the picture that all of them would."""

import pytest

DRAWN = """
async ([size, clocks, live]) => {
  const {Dots} = await import("/dots.js");
  const {Show} = await import("/show.js");
  const {syntheticShow} = await import("/synthetic-show.js");
  const {Projection} = await import("/projection.js");
  const made = syntheticShow(4000);
  const show = new Show();
  for (const message of [made.scene, made.users, made.play]) show.take(message);
  const [run] = show.plays;
  const s = show.users.s;
  const soon = Float32Array.from(s, (_, who) => 8 + (who % 397) / 15); // many are read after S
  const receipts = (from, to) => {
    const who = Uint32Array.from(s.keys()).filter((one) => one % 11 && soon[one] >= from && soon[one] < to);
    const block = new Uint8Array(12 + 8 * who.length);
    const header = new DataView(block.buffer);
    header.setUint8(0, 2);
    header.setUint32(8, who.length, true);
    block.set(new Uint8Array(who.buffer), 12);
    block.set(new Uint8Array(Float32Array.from(who, (one) => soon[one]).buffer), 12 + 4 * who.length);
    show.take(block.buffer);
  };
  const due = new Uint8Array(12 + s.length).map((_, i) => (i < 12 ? 0 : i % 7 === 0 ? 2 : i % 13 === 0 ? 0 : 1));
  due[0] = 3;
  new DataView(due.buffer).setUint32(8, s.length, true);
  show.take(due.buffer);
  show.take({...made.report, release_s: 7.9});
  show.take({...made.report, number: 2, release_s: 20});
  show.take({type: "verdict", play: 0, verdict: {closed_s: 52}});
  if (!live) receipts(0, Infinity);
  const [added, whole] = [0, 1].map(() => {
    const dots = new Dots(Object.assign(document.createElement("canvas"), {width: 300, height: 240}));
    dots.show(show.users, run);
    return dots;
  });
  const {box} = made.scene;
  const shades = ["#111111", "#0000ff", "#ff8800", "#880088", "#ffff00", "#ff0000"];
  const colours = shades.map((one) => [1, 3, 5].map((from) => parseInt(one.slice(from, from + 2), 16) / 255));
  const view = {projection: new Projection(box, 300, 240), box, colours, size, flash: 0, ratio: 1};
  const picture = (dots) => {
    const gl = dots.canvas.getContext("webgl2");
    const pixels = new Uint8Array(4 * 300 * 240);
    gl.readPixels(0, 0, 300, 240, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    return pixels;
  };
  const steps = [];
  added.view(view);
  let told = 0;
  for (const t of clocks) {
    // Receipts come a little late, so that some users were taken for waiting, or even for late, until then.
    if (live && t - live > told) receipts(told, (told = t - live));
    whole.view(view); // of which nothing is kept
    added.draw(t);
    whole.draw(t);
    const [one, other] = [picture(added), picture(whole)];
    const differ = one.reduce((sum, value, i) => sum + (value !== other[i]), 0);
    steps.push({t, count: added.drawn_users, differ, ink: other.filter(Boolean).length});
  }
  added.remove();
  whole.remove();
  return steps;
}
"""
FORTH = [0, 3, 6, 7.95, 8, 8.5, 9, 12, 12.01, 19.9, 20.1, 30, 31, 45, 51.9, 52.1, 60, 61]


@pytest.mark.parametrize("size", [2, 7])
@pytest.mark.parametrize(
    ("clocks", "live"),
    [(FORTH, None), ([*FORTH, 25, 26, 8.2, 8.3], None), ([0, 7.95, *(8 + 0.3 * i for i in range(1, 60)), 40, 60], 0.4)],
    ids=["forth", "back and forth", "live"],
)
def test_pixels_of_what_is_added_are_those_of_a_whole_picture(modules, size, clocks, live):
    steps = modules.evaluate(DRAWN, [size, clocks, live])
    assert [(step["t"], step["differ"]) for step in steps if step["differ"]] == []
    assert min(step["ink"] for step in steps) > 0
    few = [step["t"] for step in steps if step["count"] < 1200]
    assert len(few) > len(steps) / 4


def test_a_frame_in_which_nothing_changes_draws_nobody(modules):
    steps = modules.evaluate(DRAWN, [2, [3, 3.01, 60, 60.2], None])
    assert [step["count"] for step in steps][1] == 0
