/** Light, dark, or as the system has it. */

import {onLanguage, t} from "./words.js";

const THEMES = ["auto", "light", "dark"];
const KEPT_AS = "ewarn.theme";

/** Has `button` go through the themes; `onChange` is called after each. */
export function themeSwitch(button, onChange) {
  let theme = kept();
  const apply = () => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  const say = () => {
    button.textContent = t(`shell.theme-${theme}`);
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    keep(theme);
    apply();
    say();
    onChange();
  });
  apply();
  onLanguage(say);
}

function kept() {
  try {
    const found = globalThis.localStorage?.getItem(KEPT_AS);
    return THEMES.includes(found) ? found : "auto";
  } catch {
    return "auto";
  }
}

function keep(theme) {
  try {
    globalThis.localStorage?.setItem(KEPT_AS, theme);
  } catch {
    // For this visit alone: storage may be forbidden.
  }
}
