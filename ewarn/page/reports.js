/** The reports of a show as a table, the drill's own lines, and the verdict in words. */

import {apartKm} from "./estimates.js";
import {besideLimit, percent} from "./figures.js";
import {classOfCheck, saidOf} from "./gauges.js";
import {hostsOf} from "./hosts.js";
import {ended} from "./story.js";
import {spelled, t, told} from "./words.js";

const LINES = 200;

/** Fills `table` with the reports of every play of the show. */
export function drawReports(table, show) {
  const head = document.createElement("tr");
  for (const name of ["number", "status", "released", "magnitude", "off", "delivered"]) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = t(`table.${name}`);
    head.append(cell);
  }
  const rows = show.plays.flatMap((run, play) => [
    ...(show.plays.length > 1 ? [heading(run.order)] : []),
    ...run.reports.map((report) => row(report, show.plays[play], show.scene.quake)),
  ]);
  table.replaceChildren(head, ...rows);
}

function heading(order) {
  const line = document.createElement("tr");
  const cell = document.createElement("th");
  cell.colSpan = 6;
  cell.scope = "rowgroup";
  cell.textContent = t("shell.of-order", [`order.${order}`]);
  line.append(cell);
  return line;
}

function row(report, run, quake) {
  const line = document.createElement("tr");
  const delivered = run.delivered[report.number] ?? 0;
  const texts = [
    report.number,
    t(`status.${report.status}`),
    t("figure.after", report.release_s.toFixed(2)),
    report.magnitude.toFixed(1),
    report.status === "cancel" ? "–" : t("figure.kilometres", apartKm(report, quake).toFixed(0)),
    `${delivered.toLocaleString("en")} / ${report.targets.toLocaleString("en")}`,
  ];
  for (const text of texts) {
    const cell = document.createElement("td");
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}

/** Adds a line that the drill said: in English, and as `words` in the reader's language where there are any. */
export function say(list, line, words) {
  const item = document.createElement("li");
  item.textContent = words ? spelled(words).trim() : line;
  if (words) item.dataset.t = words;
  list.append(item);
  while (list.children.length > LINES) list.firstChild.remove();
  list.parentElement.scrollTop = list.parentElement.scrollHeight;
}

/** The verdicts there are, in words first. */
export function drawVerdicts(panel, show) {
  const judged = show.plays.filter((run) => run?.verdict);
  panel.hidden = !judged.length;
  panel.replaceChildren(...judged.map((run) => verdict(run, show.scene?.notes ?? [])));
}

function verdict(run, notes) {
  const {verdict: {warned, reports, checks, passed, said}, order} = run;
  const box = document.createElement("article");
  const title = document.createElement("h2");
  title.textContent = `${t("verdict.title")}: ${t("verdict.order", [`order.${order}`])}`;
  const sentence = document.createElement("p");
  sentence.className = "verdict-headline";
  ended(sentence, run);
  const judged = document.createElement("strong");
  judged.className = passed ? "kept" : "failed";
  judged.textContent = t(passed ? "verdict.passed" : "verdict.not-passed");
  sentence.append(" ", judged);
  const list = document.createElement("ul");
  for (const check of checks) list.append(checked(check, said));
  box.append(title, sentence, ...notes.map(noted), list, ...hostsOf(run.verdict));
  box.dataset.inTime = warned.in_time;
  box.dataset.reports = reports.length;
  return box;
}

function noted(words) {
  const line = document.createElement("p");
  line.textContent = spelled(words);
  return line;
}

function checked(check, said) {
  const item = document.createElement("li");
  const value = check.measured === null ? (check.passed === false ? t("figure.never") : "–") : between(check);
  const word = document.createElement("span");
  word.className = classOfCheck(check);
  const note = /^within, at /.test(check.note ?? "") ? "" : told(check.note ?? "", said); // which the word says already
  const open = check.passed === null && note;
  word.textContent = open ? note : saidOf(check);
  item.append(`${t(`check.${check.name}`)}: ${value}, `, word);
  if (note && !open) item.append(t("verdict.why", note));
  return item;
}

/** What was measured; where clocks of several hosts leave that open, the earliest and the latest. */
function between(check) {
  const latest = measured(check);
  const earliest = typeof check.earliest === "number" ? measured({...check, measured: check.earliest}) : latest;
  return earliest === latest ? latest : t("figure.from-to", earliest, latest);
}

function measured({measured: value, limit, unit}) {
  if (unit === "share") return percent(value);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  const number = Number(besideLimit(value, limit, decimals));
  return unit === "s" ? t("figure.seconds", number) : String(number);
}
