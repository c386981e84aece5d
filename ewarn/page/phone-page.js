/** The phone alone, for a telephone's screen: `phone.html?place=LAT,LON,NAME`, as often as there are places. */

import {openFeed} from "./feed.js";
import {mountPhone} from "./phone-view.js";
import {languageSwitch, onLanguage, t} from "./words.js";

begin(document.getElementById("phone"));

function begin(element) {
  const places = asked(new URLSearchParams(location.search));
  const language = languageButton();
  const phone = mountPhone(element, {places: places.length ? places : undefined, tools: [language]});
  openFeed(`ws://${location.host}/v1/stage`, {
    onMessage: (message) => message.type === "state" && phone.setAlerts(message.alerts, message.key),
    onState: () => {},
  });
}

function asked(query) {
  const read = query.getAll("place").map((text) => {
    const [latitude, longitude, ...name] = text.split(",");
    return {name: name.join(",") || undefined, latitude: Number(latitude), longitude: Number(longitude)};
  });
  return read.filter(({latitude, longitude}) => Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180);
}

function languageButton() {
  const button = document.createElement("button");
  button.type = "button";
  languageSwitch(button);
  onLanguage(() => {
    document.title = `${t("shell.phone")} · DRILL 演练`;
  });
  return button;
}
