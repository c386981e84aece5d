/**
 * The phone's words. Advice follows the China Earthquake Administration's leaflets (伏而待定: shelter where you are, leave
 * only from ground floors with time to spare, never by lift) and ShakeOut's drop, cover, hold on.
 */

import {add} from "./words.js";

add({
  "phone.waiting": ["Waiting for the service", "等待服务"],
  "phone.connected": ["Connected", "已连接"],
  "phone.quiet": ["No quake under way.", "目前没有地震。"],
  "phone.places": ["Followed places", "关注地点"],
  "phone.home": ["home", "居住地"],
  "phone.add": ["Add", "添加"],
  "phone.remove": ["Remove {0}", "移除{0}"],
  "phone.new-place": ["A place to follow", "要关注的地点"],
  "phone.picked": ["Picked on the map", "地图选点"],
  "phone.mute": ["Mute siren", "警报静音"],
  "phone.muted": ["Siren muted", "警报已静音"],
  "phone.large": ["Large text", "大字"],
  "phone.locked": ["The siren stays silent until you touch the page.", "触碰页面后警报才能响。"],
  "phone.dismiss": ["Close the alarm", "关闭警报"],
  "phone.alarm": ["Earthquake alarm", "地震警报"],
  "phone.seconds": ["seconds until S", "秒后横波到达"],
  "phone.arrived": ["S has arrived", "横波已到"],
  "phone.felt": ["Intensity {0} ({1})", "烈度 {0}（{1}）"],
  "phone.km": ["{0} km from the epicentre, magnitude {1}", "距震中 {0} 公里，震级 {1}"],
  "phone.report": ["report {0}, {1}", "第 {0} 报，{1}"],
  "phone.by-receipt": ["This device's clock disagrees; counted from when the report was read.", "本机时钟不准，从收到时起计。"],
  "phone.cancelled": ["The alarm is taken back. There is no danger from this quake.", "警报取消。该地震没有危险。"],
  "phone.quick": ["Quick report: magnitude {0}, depth {1} km.", "速报：震级 {0}，深度 {1} 公里。"],
  "phone.spoken": [
    "Drill. Earthquake. S in {0} seconds. Expected intensity {1}, level {2}. {3}",
    "演练。地震。{0}秒后横波到达。预计烈度{1}，{2}。{3}",
  ],
  "phone.spoken-count": ["{0}", "{0}"],
  "phone.in": ["S in {0} s", "{0} 秒后横波到"],
  "phone.ago": ["S {0} s ago", "横波 {0} 秒前已到"],
  "level.blue": ["blue", "蓝色"],
  "level.yellow": ["yellow", "黄色"],
  "level.orange": ["orange", "橙色"],
  "level.red": ["red", "红色"],
  "advice.blue": ["Light shaking at most. Nothing needs to be done.", "最多轻微晃动，无需避险。"],
  "advice.yellow": ["Stay calm. Keep away from windows and what may fall.", "保持冷静，远离窗户和悬挂物。"],
  "advice.soon": [
    "On a ground floor, go out to open ground. Higher up, stay: drop, cover, hold on. No lifts.",
    "在一层请迅速撤到空旷处；在高层请就地躲避：伏地、遮挡、抓牢。不乘电梯。",
  ],
  "advice.seconds": ["Drop, cover, hold on, where you are. Do not run downstairs.", "就地避险：伏地、遮挡、抓牢。不要跑下楼。"],
  "advice.shaking": ["Shaking. Drop, cover, hold on until it ends. No lifts.", "正在晃动：伏地、遮挡、抓牢，直到停止。不乘电梯。"],
  "advice.after": ["The waves have passed. Expect aftershocks; leave damaged buildings by the stairs.", "地震波已过。注意余震，受损建筑请走楼梯撤离。"],
  "status.update": ["update", "更新"],
  "status.final": ["final", "终报"],
  "status.cancel": ["cancel", "取消"],
  "status.reviewed": ["quick report", "速报"],
});
