/** The hosts of a fleet, and how well their clocks are known: a part of the verdict. */

import {t, told} from "./words.js";

/** Elements for a verdict: hosts that were lost, how well receipts are known, and a line for each host. None for one host. */
export function hostsOf({fleet, said}) {
  if (!fleet) return [];
  const hosts = Object.entries(fleet.hosts);
  const lost = hosts.filter(([, host]) => host.lost).map(([name, host]) => line("failed", "hosts.was-lost", [`hosts.${host.kind}`], name, told(host.lost, said)));
  const list = document.createElement("ul");
  for (const [name, host] of hosts) list.append(item(name, host));
  return [...lost, line("", "hosts.widths", ...["p50", "p99", "max"].map((key) => microseconds(fleet.width_us[key]))), list];
}

function line(look, ...words) {
  const made = document.createElement("p");
  made.className = look;
  made.textContent = t(...words);
  return made;
}

function item(name, host) {
  const made = document.createElement("li");
  const kind = host.lost ? ["hosts.is-lost", [`hosts.${host.kind}`]] : [`hosts.${host.kind}`];
  const clock = host.clock ? ["hosts.known-to", microseconds(host.clock.width_us.max)] : host.lost ? ["figure.not-known"] : ["hosts.same-clock"];
  made.textContent = t("hosts.line", name, kind, host.users.toLocaleString("en"), clock);
  return made;
}

/** Rounded up, as a bound must be. */
function microseconds(value) {
  return value === null ? "-" : Math.ceil(value).toLocaleString("en");
}
