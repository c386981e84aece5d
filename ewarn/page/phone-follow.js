/** Which second a phone shows: now, or one of a play that its page replays. Pure: it is told of the page's clock. */

import {Kept, shownAt, toldIn} from "./phone-replay.js";

const SOUNDS = ["alarm", "notice", "cancel"]; // what a phone sounds or takes back is never hidden by a replay
const NOW = {mode: "live", at_s: 0, moved: 0, plays: []};

/** A page's clock, as a phone follows it, and what the phone received. */
export class Follow {
  #kept = new Kept();
  #shown = NOW;
  #left = 0; // the move of the page's clock after which the phone went back to now
  #acts = [];

  /** number of the play by whose reports a replay is told */
  play = 0;

  /** Keeps what came, of which `what` was told; whether the phone has now left a replay for it. */
  heard(message, how, places, what) {
    this.#kept.add(message, how, places);
    return SOUNDS.includes(what) && this.leave();
  }

  /**
   * The page shows second `at_s` of `plays` ({order, reports}): `mode` as `Player` has it, `moved` by hand or 0. Whether time has run on
   * since what was shown before, so that what begins between may sound.
   */
  page({mode, at_s, moved, plays}) {
    const before = this.#shown;
    const was_on = this.on;
    this.#shown = {mode, at_s, moved, plays: plays.filter(Boolean)};
    if (!this.on || !was_on) this.#acts = [];
    if (this.play >= this.#shown.plays.length) this.play = 0;
    return was_on && this.on && mode === "replay" && before.moved === moved && before.at_s <= at_s;
  }

  /** Whether a replay is shown. */
  get on() {
    const {mode, moved, plays} = this.#shown;
    return mode !== "live" && moved > 0 && moved !== this.#left && plays.length > 0;
  }

  /** Back to now, until the page's clock is moved again; whether that changed anything. */
  leave() {
    if (!this.on) return false;
    this.#left = this.#shown.moved;
    return true;
  }

  /** In a replay the user does to a quake `what` `shownAt` knows. */
  act(id, what) {
    this.#acts.push({id, what, at_s: this.#shown.at_s});
  }

  /** What the bar of a replay says; see `ReplayBar`. */
  bar() {
    const {mode, at_s, plays} = this.#shown;
    return {on: this.on, mode, at_s, play: this.play, orders: plays.map(({order}) => order)};
  }

  /** What is shown of a replay, as `Alerts.at`, with `told`: whether anything of the play came for `places`; `now` by the clock. */
  standing(places, now) {
    const {plays, at_s} = this.#shown;
    const reports = plays[this.play].reports;
    const came = toldIn(reports.length ? this.#kept.of(reports[0].play_id) : [], reports, now);
    const followed = places.map(String);
    const told = came.told.some((one) => (one.message.places ?? []).some(({place}) => followed.includes(String(one.places[place]))));
    return {...shownAt(came, at_s, places, this.#acts), told};
  }
}
