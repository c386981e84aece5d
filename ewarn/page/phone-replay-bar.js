/** The bar that says that a phone shows a replay, which second of it, and as told by which play. */

import {button, make} from "./phone-elements.js";
import {t} from "./words.js";

/** Lives in `box`; `choose(play)` is called for another of several plays, `leave()` to show again what goes on. */
export class ReplayBar {
  #drawn = "";

  constructor(box, {choose, leave}) {
    this.box = box;
    this.choose = choose;
    this.words = make("p", "replay-words");
    this.orders = make("div", "replay-orders");
    this.orders.setAttribute("role", "group");
    this.leave = button("replay-leave", "", "leave", leave);
    box.append(this.words, this.leave, this.orders);
    box.hidden = true;
  }

  /** `replay`: {on, at_s, mode, orders, play}; `orders` of all plays, `play` the number of the one that is shown. */
  draw({on, at_s, mode, orders, play}) {
    this.box.hidden = !on;
    if (!on) return;
    const said = t(`phone.replay-${mode === "replay" ? "on" : "held"}`, at_s.toFixed(1));
    if (this.words.textContent !== said) this.words.textContent = said;
    const drawn = JSON.stringify([t("phone.replay-leave"), orders, play]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.leave.textContent = t("phone.replay-leave");
    this.#drawOrders(orders, play);
  }

  #drawOrders(orders, play) {
    this.orders.hidden = orders.length < 2;
    this.orders.setAttribute("aria-label", t("phone.told-by"));
    const focused = this.orders.contains(document.activeElement);
    this.orders.replaceChildren(
      make("span", "told-by", t("phone.told-by")),
      ...orders.map((order, number) => {
        const one = button("replay-order", t(`order.${order}`), `order ${number}`, () => this.choose(number));
        one.setAttribute("aria-pressed", String(number === play));
        return one;
      }),
    );
    if (focused) this.orders.querySelector("[aria-pressed=true]").focus({preventScroll: true});
  }
}
