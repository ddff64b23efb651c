/** Numbers as people read them, here and nowhere else: true minus, no "NaN", no "-0.0 %". What is not known is "n/a". */
import spelling from "../../src/forefolio/core/spelling.json";
import { marks, writing } from "./written";

const THIN = "\u202f";
const UNKNOWN = "n/a";

export type Maybe = number | null | undefined;

const known = (x: Maybe): x is number => typeof x === "number" && Number.isFinite(x);
const minus = (text: string): string => text.replace("-", "\u2212");
const rounded = (x: number, digits: number): string => {
  const text = x.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
};
const fixed = (x: number, digits: number): string => rounded(x, digits).replace(".", marks().decimal);

/** A fraction in per cent: 0.1234 is "12.3 %". */
export function percent(x: Maybe, digits = 1): string {
  return known(x) ? `${minus(fixed(x * 100, digits))}${THIN}%` : UNKNOWN;
}

/** The same with its sign, but none at zero. */
export function signed(x: Maybe, digits = 1): string {
  const text = percent(x, digits);
  return known(x) && x > 0 && Number((x * 100).toFixed(digits)) !== 0 ? `+${text}` : text;
}

/** A difference of two percentages is in points, or it reads as a ratio. */
export function points(x: Maybe, digits = 1): string {
  return known(x) ? signed(x, digits).replace(`${THIN}%`, `${THIN}points`) : UNKNOWN;
}

export function ratio(x: Maybe, digits = 2): string {
  return known(x) ? minus(fixed(x, digits)) : UNKNOWN;
}

const LEAST = 0.001; // a probability below it is written as less

/** A p-value, such as "0.112" or "< 0.001". */
export const chance = (x: Maybe): string => (known(x) && x < LEAST ? `< ${ratio(LEAST, 3)}` : ratio(x, 3));

/** The sign of the currency that was chosen, if one was. */
function currencySign(): string {
  const { locale, currency } = writing();
  if (!currency) return "";
  return new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0).find((one) => one.type === "currency")?.value ?? currency;
}

/** The sign stands before the digits: "−$1,234.50". */
function priced(text: string): string {
  const sign = currencySign();
  return text.startsWith("\u2212") ? `\u2212${sign}${text.slice(1)}` : `${sign}${text}`;
}

/** Money in the currency of the prices, such as "25,000" or "−1,234.50". */
export const money = (x: Maybe, digits = 0): string => (known(x) ? priced(grouped(x, digits)) : UNKNOWN);

function grouped(x: number, digits: number): string {
  const shape = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return minus(Number(rounded(x, digits)).toLocaleString(writing().locale, shape));
}

/** Money on an axis: "1.2M". */
export function compact(x: Maybe): string {
  if (!known(x)) return UNKNOWN;
  return priced(minus(x.toLocaleString("en-US", { notation: "compact", maximumFractionDigits: 1 })).replace(".", marks().decimal));
}

const UNITS = [[1e12, "tn"], [1e9, "bn"], [1e6, "m"], [1e3, "k"]] as const;

/** "711 m": money in words' units, as sentences have it. */
export function shortMoney(x: Maybe): string {
  if (!known(x)) return UNKNOWN;
  const [unit, word] = UNITS.find(([one]) => Math.abs(x) >= one) ?? [1, ""];
  const digits = minus(String(Number((x / unit).toPrecision(3)))).replace(".", marks().decimal);
  return priced(`${digits}${word ? `\u202f${word}` : ""}`);
}

export function count(x: Maybe): string {
  return known(x) ? grouped(x, 0) : UNKNOWN;
}

/** A number of which nothing is known but its size: four digits that count. */
export function plain(x: Maybe): string {
  if (!known(x)) return UNKNOWN;
  return minus(x.toLocaleString(writing().locale, { maximumSignificantDigits: 4 }));
}

/** A text of this page as if it were written the usual way: what tables are sorted by. */
export function asUsual(text: string): string {
  const { group, decimal } = marks();
  const unpriced = text.replace(currencySign(), "");
  return group === "," && decimal === "." ? unpriced : unpriced.replaceAll(group, "").replaceAll(decimal, ".");
}

export function seconds(s: number): string {
  if (s < 60) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
}

/** "12 ms": what takes less than a second, more closely. */
export const brief = (s: number): string => (Number.isFinite(s) ? (s < 1 ? `${s < 0.01 ? (s * 1000).toFixed(1) : Math.round(s * 1000)}\u202fms` : seconds(s)) : "n/a");

/** "2026-11-20" from seconds since 1970, with the time of day. */
export function moment(at: number): string {
  const d = new Date(at * 1000);
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  return `${day} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** Words with capitals or a hyphen of their own: written once, for every face. */
const SPELLING: Readonly<Record<string, string>> = spelling;
const SPELT = new RegExp(`\\b(${Object.keys(SPELLING).sort((a, b) => b.length - a.length).join("|")})\\b`, "g");

/** A name within a sentence: "robust_cvar" is "robust CVaR", "maximum_sharpe" is "maximum Sharpe". */
export function phrase(name: string): string {
  return name.replaceAll("_", " ").trim().replaceAll(SPELT, (found) => SPELLING[found] ?? found);
}

const BETWEEN = /(?<=[a-z])(?=[A-Z])/;

/** What a model is called, in a table or within a sentence: "BayesianRidge" is "Bayesian ridge". Words stay as they are. */
export function modelWords(name: string): string {
  const lower = (word: string): string => (/^[A-Z][a-z]+$/.test(word) ? word.toLowerCase() : word);
  return name.replaceAll(/\b\w*[a-z][A-Z]\w*\b/g, (found) => phrase(found.split(BETWEEN).map(lower).join(" ")));
}

/** A name that begins something: "minimum_sessions" is "Minimum sessions", "robust_cvar" is "Robust CVaR". */
export function words(name: string): string {
  const text = phrase(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** Sessions as time: 252 is a year. */
export function horizon(sessions: number): string {
  const whole = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? "" : "s"}`;
  if (sessions % 252 === 0) return whole(sessions / 252, "year");
  if (sessions % 21 === 0) return whole(sessions / 21, "month");
  return whole(sessions, "session");
}

/** Decimals that tell the ticks of a percentage axis apart. */
export function decimals(step: number): number {
  const exact = (d: number): boolean => {
    const scaled = step * 100 * 10 ** d;
    return Math.abs(scaled - Math.round(scaled)) < 1e-6;
  };
  return [0, 1, 2].find(exact) ?? 3;
}

export interface Axis {
  min: number;
  max: number;
  step: number;
}

/** A round step of 1, 2 or 5 that gives about so many ticks, and the range widened to it. */
export function nice(low: number, high: number, ticks = 6): Axis {
  const span = Math.max(high - low, 1e-6);
  const rough = span / ticks;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough * (1 - 1e-9)) ?? 10);
  const grid = (x: number, round: (x: number) => number): number =>
    Number((round(x / step) * step).toPrecision(12));
  return { min: grid(low, Math.floor), max: grid(high, Math.ceil), step };
}
