/** Does things in the order in which they came, though what some of them need takes a moment. */
export class InOrder {
  #last = null;

  /** Calls `act` with what is `needed`, or will be: at once where nothing is to be waited for. What throws costs the next nothing. */
  do(needed, act) {
    if (!this.#last && !(needed instanceof Promise)) return act(needed);
    const doing = this.#after(this.#last, needed, act)
      .catch(reportError)
      .finally(() => {
        if (this.#last === doing) this.#last = null;
      });
    this.#last = doing;
  }

  async #after(before, needed, act) {
    await before;
    act(await needed);
  }
}
