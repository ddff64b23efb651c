/** What market impact leaves of a strategy's edge, by the money in it: where it is gone, and where it earns most. */
import type { Schemas } from "../api";
import { percent, ratio, shortMoney } from "../format";
import type { Option } from "./chart";
import { DASHES, type Look } from "./look";
import type { Stop } from "./walk";

type Capacity = Schemas["StrategyCapacity"];

const STEPS = 48; // points of the curve
const BEYOND = 4; // times the money at which the edge is gone: there as much is lost as there was

export interface Left {
  capital: number;
  edge: number; // a year over cash, after impact
}

/** Impact grows with the root of the money: from one size all others follow. */
export function edgeCurve({ edge, break_even, sizes }: Capacity): Left[] {
  const [first, last] = [sizes[0]!, sizes.at(-1)!];
  const impact = first.strategies[0]!.impact / Math.sqrt(first.capital);
  const low = Math.min(first.capital, (break_even ?? Infinity) / 100);
  const high = typeof break_even === "number" ? BEYOND * break_even : last.capital;
  return Array.from({ length: STEPS + 1 }, (_, n) => {
    const capital = low * (high / low) ** (n / STEPS);
    return { capital, edge: edge - impact * Math.sqrt(capital) };
  });
}

/** What stands at some sizes, in words. */
function marksOf(result: Capacity): { at: number; text: string }[] {
  const all: [number | null, string][] = [[result.most_money_at, "earns most"], [result.tenth_of_volume_at, "a tenth of the volume"], [result.break_even, "gone"]];
  return all.flatMap(([at, text]) => (typeof at === "number" ? [{ at, text: `${text}: ${shortMoney(at)}` }] : []));
}

const moneyAxis = (look: Look, min: number, max: number): Record<string, unknown> => ({
  type: "log", logBase: 10, min, max, name: "Money in it", nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.muted },
  axisLabel: { color: look.muted, hideOverlap: true, formatter: shortMoney }, splitLine: { show: false }, minorTick: { show: false },
});

const tip = (look: Look, says: (n: number) => string): Record<string, unknown> => ({
  trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
  formatter: (shown: readonly { dataIndex: number }[]) => says(shown[0]?.dataIndex ?? 0).replace(": ", "\n"),
});

export function edgeOption(result: Capacity, look: Look): Option {
  const curve = edgeCurve(result);
  const [low, high] = [curve[0]!.capital, curve.at(-1)!.capital];
  const stops = edgeStops(curve);
  const inside = marksOf(result).filter(({ at }) => at >= low && at <= high);
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 58, right: 18, top: 52, bottom: 44 },
    tooltip: tip(look, (n) => stops[n]?.says ?? ""),
    xAxis: moneyAxis(look, low, high),
    yAxis: { type: "value", splitNumber: 4, axisLabel: { color: look.muted, formatter: (v: number) => percent(v, 0) }, splitLine: { lineStyle: { color: look.line } } },
    series: [{
      type: "line", symbol: "none", lineStyle: { color: look.accent, width: 2.2 }, areaStyle: { color: look.accent, opacity: 0.12 }, data: curve.map((one) => [one.capital, one.edge]),
      markLine: {
        silent: true, symbol: "none",
        data: inside.map(({ at, text }, n) => ({ xAxis: at, lineStyle: { color: look.ink, type: "dashed", width: 1 }, label: { formatter: text, color: look.muted, fontSize: 11, position: "end", distance: 4 + 13 * (n % 3) } })),
      },
    }],
  };
}

export const edgeStops = (curve: readonly Left[]): Stop[] =>
  curve.map((one) => ({ at: [one.capital, one.edge], says: `${shortMoney(one.capital)}: ${percent(one.edge)} a year over cash is left` }));

export function edgeSays({ edge, break_even, most_money_at }: Capacity): string {
  if (edge <= 0) return "It has earned no more than cash: there is no edge that any money could use up.";
  if (typeof break_even !== "number") return `Its edge of ${percent(edge)} a year is not used up at any size.`;
  return `Its edge of ${percent(edge)} a year over cash is gone at ${shortMoney(break_even)}${typeof most_money_at === "number" ? `; it earns most at ${shortMoney(most_money_at)}` : ""}.`;
}

/** The Sharpe ratio after impact of every strategy at every size. */
export function sharpeOption({ sizes }: Capacity, look: Look): Option {
  const names = sizes[0]!.strategies.map((one) => one.name);
  const stops = sharpeStops(sizes);
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 52, right: 18, top: 14, bottom: 44 },
    tooltip: tip(look, (n) => stops[n]?.says ?? ""),
    xAxis: moneyAxis(look, sizes[0]!.capital, sizes.at(-1)!.capital),
    yAxis: { type: "value", scale: true, splitNumber: 4, axisLabel: { color: look.muted, formatter: (v: number) => ratio(v) }, splitLine: { lineStyle: { color: look.line } } },
    series: names.map((name, n) => ({
      type: "line", name, symbol: "circle", symbolSize: 5, z: 10 - n, lineStyle: { width: n === 0 ? 2.2 : 1.5, color: look.series[n] ?? look.ink, type: DASHES[n % DASHES.length] }, itemStyle: { color: look.series[n] ?? look.ink },
      data: sizes.map((one) => [one.capital, one.strategies[n]?.sharpe ?? null]),
    })),
  };
}

export const sharpeStops = (sizes: Capacity["sizes"]): Stop[] =>
  sizes.map(({ capital, strategies }) => ({ at: [capital, strategies[0]?.sharpe ?? 0], says: `${shortMoney(capital)}: ${strategies.map((one) => `${one.name} ${ratio(one.sharpe)}`).join(", ")}` }));
