/** What is wrong with prices, said once for all assets of which it holds. */
import type { Schemas } from "../api";

type Oddity = Schemas["Oddity"];

/** A finding, and whose it is. */
export interface Found {
  message: string;
  action: string;
  tickers: readonly string[]; // none: it is of the whole file
}

/** Findings in their order, those of the same words as one. */
export function together(findings: readonly Oddity[]): Found[] {
  const found = new Map<string, { message: string; action: string; tickers: string[] }>();
  for (const { ticker, message, action } of findings) {
    const words = JSON.stringify([message, action]);
    const one = found.get(words) ?? { message, action, tickers: [] };
    if (ticker && !one.tickers.includes(ticker)) one.tickers.push(ticker);
    found.set(words, one);
  }
  return [...found.values()];
}

const NAMED = 4;

/** "All 12 assets", "AAPL, KO and 3 more", "File". */
export function whose(tickers: readonly string[], assets: number): string {
  if (tickers.length === 0) return "File";
  if (tickers.length > 1 && tickers.length === assets) return `All ${assets} assets`;
  if (tickers.length <= NAMED) return tickers.length === 1 ? tickers[0]! : `${tickers.slice(0, -1).join(", ")} and ${tickers.at(-1)}`;
  return `${tickers.slice(0, NAMED - 1).join(", ")} and ${tickers.length - NAMED + 1} more`;
}
