"""The shade of where users live, counted by the page itself."""

COUNTED = """async () => {
  const {counted} = await import('/map-density.js');
  const at = (x, y) => {
    const one = {count: 1, x: [x], y: [y], s: [9], level: [0]};
    const cells = counted(one);
    const wide = 166;
    const found = [];
    cells.forEach((cell, i) => cell > 0 && found.push([i % wide, Math.floor(i / wide)]));
    const span = (axis) => Math.max(...found.map((one) => one[axis])) - Math.min(...found.map((one) => one[axis]));
    return {sum: cells.reduce((sum, cell) => sum + cell, 0), across: span(0), down: span(1)};
  };
  return [[0, 0], [65535, 0], [0, 65535], [65535, 65535], [30000, 30000]].map(([x, y]) => at(x, y));
}"""


def test_a_user_at_the_edge_shades_their_own_side_alone_and_none_of_the_shade_is_lost(modules):
    for found in modules.evaluate(COUNTED):
        assert abs(found["sum"] - 1) < 1e-6
        assert found["across"] == found["down"] == 6
