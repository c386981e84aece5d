"""Who shakes: the field of the map, as far as S has come and no farther, and back again."""

import pytest

PAINTED = """
async (clocks) => {
  const {Field, reach} = await import("/map-field.js");
  const {Projection} = await import("/projection.js");
  const {syntheticShow} = await import("/synthetic-show.js");
  const {frontKm} = await import("/show.js");
  const {scene} = syntheticShow(10);
  const projection = new Projection(scene.box, 400, 300);
  const css = {muted: "#888888", "shake-line": "#00000000"};
  for (let degree = 3; degree <= 10; degree += 1) css[`shake-${degree}`] = `rgb(${degree * 20} 0 0)`;
  const paper = Object.assign(document.createElement("canvas"), {width: 400, height: 300}).getContext("2d");
  const field = new Field(paper);
  const {latitude, longitude} = scene.quake;
  const line = {azimuth_deg: 30};
  return clocks.map((t) => {
    field.draw(projection, css, scene, 1, t, () => {});
    const front = frontKm(scene.fronts.s_s, scene.fronts.distance_km, t) ?? 0;
    const seen = (km) => {
      const [x, y] = projection.point(latitude, longitude, 1.2, km);
      const [red, , , alpha] = paper.getImageData(Math.round(x), Math.round(y), 1, 1).data;
      return alpha > 250 ? red / 20 : 0;
    };
    const told = [10, 25, 50, 100, 200].map((km) => [km, seen(km)]);
    return {t, front, seen: told, far: reach(line, {km: [5, 7]})(Math.PI / 6)};
  });
}
"""
DEGREE = {10: 8, 25: 7, 50: 6, 100: 5, 200: 4}


@pytest.mark.parametrize("clocks", [[0, 5, 12, 20, 33, 80], [80, 12, 33, 5, 60]])
def test_bands_are_painted_where_s_has_come_and_nowhere_else(modules, clocks):
    for step in modules.evaluate(PAINTED, clocks):
        for km, degree in step["seen"]:
            if abs(km - step["front"]) > 8:
                assert degree == (DEGREE[km] if km < step["front"] else 0), (step["t"], km)
        assert step["far"] == 5
