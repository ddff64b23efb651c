/** What this browser keeps about how numbers are written and what forms begin with; nothing is converted. */
import { keepText, keptText } from "./storage";

export const LOCALES: readonly [string, string][] = [["en-US", "1,234.5"], ["de-DE", "1.234,5"], ["fr-FR", "1\u202f234,5"], ["de-CH", "1\u2019234.5"], ["en-IN", "12,34,567.8"]];
export const CURRENCIES: readonly string[] = ["USD", "EUR", "GBP", "CHF", "JPY", "INR"];

export interface Writing {
  locale: string;
  currency: string; // a sign before money; none: money stands as the prices have it
  cashRate: string; // what forms begin with, such as "3%"; none: what is usual
}

const KEY = "writing";
const USUAL: Writing = { locale: "en-US", currency: "", cashRate: "" };

function read(): Writing {
  try {
    const kept = { ...USUAL, ...(JSON.parse(keptText(localStorage, KEY) ?? "{}") as Partial<Writing>) };
    const known = LOCALES.some(([one]) => one === kept.locale) && (kept.currency === "" || CURRENCIES.includes(kept.currency));
    return known && typeof kept.cashRate === "string" ? kept : USUAL;
  } catch { // nothing is kept where there is no storage, and what is no JSON is none of ours
    return USUAL;
  }
}

let now = read();

export const writing = (): Writing => now;

export function write(next: Partial<Writing>): void {
  now = { ...now, ...next };
  keepText(localStorage, KEY, JSON.stringify(now));
}

/** What stands between thousands and before fractions. */
export function marks(): { group: string; decimal: string } {
  const parts = new Intl.NumberFormat(now.locale).formatToParts(1234567.5);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return { group: part("group"), decimal: part("decimal") };
}
