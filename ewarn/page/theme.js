/** Light, dark, or as the system has it. */

import {onLanguage, t} from "./words.js";

const THEMES = ["auto", "light", "dark"];

/** Has `button` go through the themes; `onChange` is called after each. */
export function themeSwitch(button, onChange) {
  let theme = "auto";
  const say = () => {
    button.textContent = t(`shell.theme-${theme}`);
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    say();
    onChange();
  });
  onLanguage(say);
}
