/** Light, dark, or as the system has it; kept in this browser. */
import { useEffect, useState } from "preact/hooks";
import { keepText } from "./storage";

export type Theme = "system" | "light" | "dark";

const TURNED = "theme-turned";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

export function chosenTheme(): Theme {
  const kept = localStorage.getItem("theme");
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") {
    localStorage.removeItem("theme");
    delete document.documentElement.dataset["theme"];
  } else {
    keepText(localStorage, "theme", theme);
    document.documentElement.dataset["theme"] = theme;
  }
  dispatchEvent(new Event(TURNED));
}

export const nextTheme = (theme: Theme): Theme => NEXT[theme];

/** What is shown now; charts are drawn again when it changes. */
export function useTheme(): string {
  const now = (): string => `${chosenTheme()} ${matchMedia("(prefers-color-scheme: dark)").matches}`;
  const [theme, setTheme] = useState(now);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const turned = (): void => setTheme(now());
    addEventListener(TURNED, turned);
    media.addEventListener("change", turned);
    return () => {
      removeEventListener(TURNED, turned);
      media.removeEventListener("change", turned);
    };
  }, []);
  return theme;
}
