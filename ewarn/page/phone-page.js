/** The phone alone, for a telephone's screen: `phone.html?place=LAT,LON,NAME`, as often as there are places. */

import {openFeed} from "./feed.js";
import {mountPhone} from "./phone-view.js";
import "./shell-words.js";
import {languageInForce, onLanguage, setLanguage, t} from "./words.js";

const asked = new URLSearchParams(location.search).getAll("place").map((text) => {
  const [latitude, longitude, ...name] = text.split(",");
  return {name: name.join(",") || `${latitude}, ${longitude}`, latitude: Number(latitude), longitude: Number(longitude)};
});
const places = asked.filter(({latitude, longitude}) => Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180);
const phone = mountPhone(document.getElementById("phone"), {places: places.length ? places : undefined});
const language = document.getElementById("language");
language.addEventListener("click", () => setLanguage(languageInForce() === "en" ? "zh" : "en"));
onLanguage((tongue) => {
  document.documentElement.lang = tongue === "zh" ? "zh-CN" : "en";
  language.textContent = t("shell.language");
});
openFeed(`ws://${location.host}/v1/stage`, {
  onMessage: (message) => message.type === "state" && phone.setAlerts(message.alerts),
  onState: () => {},
});
