/** Which prices a result rests on, in a line: source, assets, window, how old they are. */
import type { Schemas } from "../api";
import { count } from "../format";

const OLD = 5; // days, after which prices of a source that goes on are late: a weekend with a holiday on both sides

export interface Basis {
  text: string;
  tone: "info" | "ok" | "warn";
}

export function basisOf(facts: Schemas["DataFacts"] | undefined, today: Date): Basis | null {
  const { last, first, sessions } = facts ?? {};
  if (!facts || !last || typeof sessions !== "number") return null;
  const kind = String((facts.source as { kind?: unknown }).kind ?? "");
  const own = kind === "sample" || kind === "uploaded" || kind === "synthetic"; // they end where they end
  const days = Math.floor((today.getTime() - Date.parse(last)) / 86_400_000);
  const late = !own && days > OLD;
  const assets = `${count(facts.tickers.length)} asset${facts.tickers.length === 1 ? "" : "s"}`;
  const name = facts.name.charAt(0).toUpperCase() + facts.name.slice(1);
  return { text: `${name}: ${assets}, daily, ${first ?? "n/a"} to ${last}${late ? `, ${days} days old` : ""}`, tone: late ? "warn" : own ? "info" : "ok" };
}
