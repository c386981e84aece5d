/** The map's words in English and Chinese. */

import {add} from "./words.js";

add({
  "map.label": [
    "Map of Sichuan. Arrow keys move a cross, Enter picks the place, plus and minus zoom, 0 shows the whole.",
    "四川地图。方向键移动十字，回车选点，加号和减号缩放，0 复原。",
  ],
  "map.zoom-in": ["Zoom in", "放大"],
  "map.zoom-out": ["Zoom out", "缩小"],
  "map.whole": ["Whole map", "全图"],
  "map.legend": ["Legend", "图例"],
  "map.waiting": ["waiting", "等待"],
  "map.inTime": ["in time", "及时"],
  "map.late": ["late", "迟到"],
  "map.blind": ["blind zone", "盲区"],
  "map.suppressed": ["held back until S", "S 波到达前被拦下"],
  "map.missing": ["never told", "未收到"],
  "map.p": ["P front", "P 波"],
  "map.s": ["S front", "S 波"],
  "map.station": ["station (filled: P is there)", "台站（实心：P 波已到）"],
  "map.epicentre": ["true epicentre", "真实震中"],
  "map.estimate": ["reported epicentre, 95 % ellipse", "报告震中与 95% 椭圆"],
  "map.cancelled": ["cancelled", "已取消"],
  "map.phone": ["phone", "手机"],
  "map.sample": ["This browser has no WebGL2: a sample of the users is drawn.", "此浏览器没有 WebGL2：只画一部分用户。"],
});

/** Registers the names of prefectures as `place.ID`. */
export function registerPlaces(prefectures) {
  add(Object.fromEntries(prefectures.map(({ id, zh, en }) => [`place.${id}`, [en, zh]])));
}
