/** What runs say of one ticker, as data: its newest forecast, its weight in each portfolio and why, where its price stands. */
import type { Schemas } from "../api";
import { percent, phrase } from "../format";
import { limitsOf } from "../panels/weights";

export interface Answer {
  run: Schemas["Summary"];
  result: unknown;
}

export interface Held {
  run: Schemas["Summary"];
  weight: number;
  share: number | null; // of the risk
  why: string; // nothing: the run gives no reason
}

export const FORECASTING: readonly string[] = ["forecast", "strategy"];
export const HOLDING: readonly string[] = ["portfolio", "strategy", "frontier"];

type Weights = Record<string, number>;
type Facts = { data?: Schemas["DataFacts"] } | null;
type Limits = readonly { name: string; price: number }[];

export const isAbout = (ticker: string, result: unknown): boolean => (result as Facts)?.data?.tickers.includes(ticker) ?? false;

/** The newest run that forecast it, with its forecasts at each horizon. */
export function forecastOf(ticker: string, answers: readonly Answer[]): { answer: Answer; rows: Schemas["AssetForecast"][] } | null {
  for (const answer of answers.filter((one) => FORECASTING.includes(one.run.kind))) {
    const all = (answer.result as { forecasts?: Schemas["AssetForecast"][] } | null)?.forecasts ?? [];
    const rows = all.filter((one) => one.ticker === ticker).sort((a, b) => a.horizon - b.horizon);
    if (rows.length > 0) return { answer, rows };
  }
  return null;
}

/** What was forecast before, by the run of the newest forecast. */
export const pastOf = ({ result }: Answer): Schemas["PastForecasts"][] => (result as { past?: Schemas["PastForecasts"][] }).past ?? [];

/** What a run holds of it, if it could have held it. */
export function heldIn(ticker: string, { run, result }: Answer): Held | null {
  if (!HOLDING.includes(run.kind) || !isAbout(ticker, result)) return null;
  if (run.kind === "portfolio") return inPortfolio(ticker, run, result as Schemas["Portfolio"]);
  if (run.kind === "strategy") return inStrategy(ticker, run, result as Schemas["StrategyResult"]);
  const { best, assets, forecast } = result as Schemas["FrontierResult"];
  return { run, ...placed(ticker, best.weights, best.risk_shares), why: outlook(assets.find((one) => one.ticker === ticker)?.expected_return, forecast) };
}

const placed = (ticker: string, weights: Weights, shares: Weights = {}): { weight: number; share: number | null } => ({ weight: weights[ticker] ?? 0, share: shares[ticker] ?? null });

/** What a run expects a year, and by what: a forecast of the same asset may rest on something else. */
const outlook = (expected: number | null | undefined, by: string | undefined): string =>
  (typeof expected === "number" ? `It is expected to earn ${percent(expected)} a year${by ? ` by ${by === "given" ? "the returns that were given" : phrase(by)}, which the weights rest on` : ""}.` : "");

/** What binds it; then what is expected of it. */
function bound(ticker: string, limits: Limits, expected: number | null | undefined, by: string | undefined): string {
  const words = limitsOf(limits, ticker).map(({ word }) => `Its limit binds: ${word}.`);
  return [...words, outlook(expected, by)].filter(Boolean).join(" ");
}

function inPortfolio(ticker: string, run: Held["run"], result: Schemas["Portfolio"]): Held {
  const { sentences = [], limits } = result.reasons;
  const own = sentences.filter((one) => one.startsWith(`${ticker} `) || one.startsWith(`${ticker}: `));
  const why = own.length > 0 ? own.join(" ") : bound(ticker, limits, result.assets.find((one) => one.ticker === ticker)?.expected_return, result.forecast);
  return { run, ...placed(ticker, result.weights, result.risk_shares), why };
}

function inStrategy(ticker: string, run: Held["run"], result: Schemas["StrategyResult"]): Held {
  return { run, ...placed(ticker, result.weights), why: bound(ticker, result.limits, result.expected_returns[ticker], result.expected_by?.returns) };
}

export const YEAR = 252; // sessions

export interface Standing {
  last: number;
  day: string;
  year: number | null; // change over the last 252 sessions; null: there are not so many
  fall: number; // below the highest close; 0 or less
}

/** Where the price stands; nothing without a close. */
export function standing({ sessions, closes }: { sessions: readonly string[]; closes: readonly number[] }): Standing | null {
  const last = closes.at(-1);
  if (last === undefined) return null;
  const before = closes.at(-1 - YEAR);
  const highest = closes.reduce((most, one) => Math.max(most, one), last);
  return { last, day: sessions.at(-1)!, year: before === undefined ? null : last / before - 1, fall: last / highest - 1 };
}
