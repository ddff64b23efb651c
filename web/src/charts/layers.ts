/** What a portfolio held over time, stacked to the whole: named assets, the others, cash. */
import { percent } from "../format";
import type { Option } from "./chart";
import { type Look, SERIES } from "./look";
import { timeFrame, timeTip, type Window } from "./time";
import type { Stop } from "./walk";

export interface Layer {
  name: string;
  shares: readonly number[];
}

export const OTHER = "Other";
export const CASH = "Cash";
const ROUNDED = 0.05; // of a tenth: shares are written short, and their sum is not quite the whole

interface Held {
  ticker: string;
  weights: readonly number[];
}

/** The assets that are largest today, then those that were large on average; what is held short is under the axis of nothing, so it is left out. */
export function layersOf(held: readonly Held[], today: Readonly<Record<string, number>>): Layer[] {
  const average = (one: Held): number => one.weights.reduce((sum, w) => sum + Math.abs(w), 0) / Math.max(1, one.weights.length);
  const size = (one: Held): number => Math.abs(today[one.ticker] ?? 0);
  const ranked = [...held].sort((a, b) => size(b) - size(a) || average(b) - average(a)).filter((one) => size(one) + average(one) > 0);
  const named = ranked.slice(0, SERIES);
  const count = held[0]?.weights.length ?? 0;
  const at = (some: readonly Held[], n: number): number => some.reduce((sum, one) => sum + (one.weights[n] ?? 0), 0);
  const over = (of: (n: number) => number): number[] => Array.from({ length: count }, (_, n) => Math.max(0, of(n)));
  return [
    ...named.map((one) => ({ name: one.ticker, shares: over((n) => one.weights[n] ?? 0) })),
    { name: OTHER, shares: over((n) => at(held, n) - at(named, n)) },
    { name: CASH, shares: over((n) => 1 - at(held, n)) },
  ].filter((one) => one.shares.some((share) => share > 5e-4));
}

/** The colour of a layer: the first seven are named assets. */
export const layerColour = (name: string, n: number, look: Look): string =>
  name === CASH ? look.cash : name === OTHER ? look.other : (look.series[n] ?? look.other);

export function layersOption(dates: readonly string[], layers: readonly Layer[], window: Window, look: Look): Option {
  return {
    ...timeFrame(window, look),
    tooltip: { ...timeTip((x) => percent(x), look), order: "seriesDesc" },
    yAxis: { type: "value", min: 0, max: topOf(layers), axisLabel: { color: look.muted, formatter: (x: number) => percent(x, 0) }, splitLine: { lineStyle: { color: look.line } } },
    series: layers.map(({ name, shares }, n) => ({
      type: "line", name, stack: "whole", symbol: "none", itemStyle: { color: layerColour(name, n, look) },
      lineStyle: { width: 0.8, color: look.surface }, areaStyle: { color: layerColour(name, n, look), opacity: 1 },
      data: dates.map((day, place) => [day, shares[place] ?? 0]),
    })),
  };
}

/** The whole, or more where something was borrowed: in round steps. */
function topOf(layers: readonly Layer[]): number {
  const count = layers[0]?.shares.length ?? 0;
  const sums = Array.from({ length: count }, (_, n) => layers.reduce((sum, one) => sum + (one.shares[n] ?? 0), 0));
  return Math.max(1, Math.ceil(Math.max(0, ...sums) * 10 - ROUNDED) / 10);
}

export function layerStops(dates: readonly string[], layers: readonly Layer[]): Stop[] {
  return dates.map((day, n) => ({ at: [day, 0.5], says: `${day}: ${layers.map((one) => `${one.name} ${percent(one.shares[n])}`).join(", ")}` }));
}

export function layersSay(dates: readonly string[], layers: readonly Layer[]): string {
  const mean = (one: Layer): number => one.shares.reduce((sum, share) => sum + share, 0) / Math.max(1, one.shares.length);
  return `Held from ${dates[0] ?? ""} to ${dates.at(-1) ?? ""}, on average: ${layers.map((one) => `${one.name} ${percent(mean(one))}`).join(", ")}.`;
}
