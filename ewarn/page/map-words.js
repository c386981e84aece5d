/** The map's words in Chinese and English. */

import {add} from "./words.js";

add({
  "map.label": [
    "四川地图。方向键移动十字，回车选点，加号和减号缩放，0 复原。",
    "Map of Sichuan. Arrow keys move a cross, Enter picks the place, plus and minus zoom, 0 shows the whole.",
  ],
  "map.zoom-in": ["放大", "Zoom in"],
  "map.zoom-out": ["缩小", "Zoom out"],
  "map.whole": ["全图", "Whole map"],
  "map.legend": ["图例", "Legend"],
  "map.waiting": ["等待", "waiting"],
  "map.inTime": ["及时", "in time"],
  "map.late": ["迟到", "late"],
  "map.blind": ["盲区", "blind zone"],
  "map.p": ["P 波", "P front"],
  "map.s": ["S 波", "S front"],
  "map.station": ["台站（实心：P 波已到）", "station (filled: P is there)"],
  "map.epicentre": ["真实震中", "true epicentre"],
  "map.estimate": ["报告震中与 95% 椭圆", "reported epicentre, 95 % ellipse"],
  "map.cancelled": ["已取消", "cancelled"],
  "map.phone": ["手机", "phone"],
  "map.sample": ["此浏览器没有 WebGL2：只画一部分用户。", "This browser has no WebGL2: a sample of the users is drawn."],
});

/** Registers the names of prefectures as `place.ID`. */
export function registerPlaces(prefectures) {
  add(Object.fromEntries(prefectures.map(({ id, zh, en }) => [`place.${id}`, [zh, en]])));
}
