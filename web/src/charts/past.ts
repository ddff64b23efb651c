/** Past forecasts of one asset beside what happened: the band is the interval, a mark what came; outside it the mark is another one. */
import { percent, signed } from "../format";
import type { Schemas } from "../api";
import type { Option } from "./chart";
import type { Look } from "./look";
import { timeFrame } from "./time";
import type { Stop } from "./walk";

export type AssetPast = Schemas["AssetPast"];

/** A forecast and its outcome, of those that are known. */
export interface Came {
  day: string;
  low: number;
  mean: number;
  high: number;
  outcome: number;
  inside: boolean;
}

export function cameOf(days: readonly string[], past: AssetPast): Came[] {
  return days.flatMap((day, n) => {
    const [low, mean, high, outcome] = [past.low[n], past.mean[n], past.high[n], past.outcome[n]];
    const known = [low, mean, high, outcome].every((one) => typeof one === "number");
    return known ? [{ day, low: low!, mean: mean!, high: high!, outcome: outcome!, inside: outcome! >= low! && outcome! <= high! }] : [];
  });
}

export function pastOption(came: readonly Came[], look: Look): Option {
  const stops = pastStops(came);
  const line = (values: readonly number[]): [string, number][] => came.map((one, n) => [one.day, values[n]!]);
  const bare = { type: "line", symbol: "none", silent: true, lineStyle: { opacity: 0 }, stack: "interval", stackStrategy: "all" };
  const marks = (some: readonly Came[], shape: Record<string, unknown>) => ({ type: "scatter", z: 5, data: some.map((one) => [one.day, one.outcome]), ...shape });
  return {
    ...timeFrame(undefined, look),
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
      formatter: (shown: readonly { value: readonly [string, number] }[]) => stops[came.findIndex((one) => one.day === shown[0]?.value[0])]?.says.replace(": ", "\n").replace("; ", "\n") ?? "",
    },
    yAxis: { type: "value", scale: true, splitNumber: 4, axisLabel: { color: look.muted, formatter: (v: number) => percent(v, 0) }, splitLine: { lineStyle: { color: look.line } } },
    series: [
      { ...bare, data: line(came.map((one) => one.low)) },
      { ...bare, data: line(came.map((one) => one.high - one.low)), areaStyle: { color: look.accent, opacity: 0.18 } },
      { type: "line", symbol: "none", z: 3, lineStyle: { color: look.accent, width: 1.6 }, data: line(came.map((one) => one.mean)) },
      marks(came.filter((one) => one.inside), { symbol: "circle", symbolSize: 6, itemStyle: { color: look.ink } }),
      marks(came.filter((one) => !one.inside), { symbol: "diamond", symbolSize: 11, itemStyle: { color: look.loss, borderColor: look.surface, borderWidth: 1 } }),
    ],
  };
}

export function pastStops(came: readonly Came[]): Stop[] {
  return came.map((one) => ({
    at: [one.day, one.outcome],
    says: `${one.day}: forecast ${signed(one.mean, 2)}, ${signed(one.low)} to ${signed(one.high)}; it was ${signed(one.outcome)}, ${one.inside ? "inside" : one.outcome < one.low ? "below" : "above"}`,
  }));
}

/** "52 of 60 outcomes were inside the 90 % interval, as 54 were to be." */
export function pastSays({ inside, known }: Pick<AssetPast, "inside" | "known">, level: number): string {
  if (known === 0) return "No outcome is known yet.";
  return `${inside} of ${known} outcomes were inside their ${percent(level, 0)} interval; ${Math.round(level * known)} were to be.`;
}
