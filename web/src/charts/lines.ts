/** Series over time: growth, falls, fans. Long ones are thinned, so that a page stays fluid. */
import { horizon, percent } from "../format";
import type { Option } from "./chart";
import type { Look } from "./look";

export interface Line {
  name: string;
  values: readonly (number | null)[];
}

const MOST = 900; // points of a line: more than there are pixels for

/** Places of a long series that are drawn: the first, the last, and of each stretch its extremes. */
export function thinned(values: readonly (number | null)[], most = MOST): number[] {
  const n = values.length;
  if (n <= most) return values.map((_, place) => place);
  const stretches = Math.floor((most - 2) / 2);
  const places = new Set([0, n - 1]);
  for (let s = 0; s < stretches; s++) {
    const from = Math.floor((s * n) / stretches);
    const to = Math.floor(((s + 1) * n) / stretches);
    let [low, high] = [from, from];
    for (let place = from; place < to; place++) {
      if ((values[place] ?? Infinity) < (values[low] ?? Infinity)) low = place;
      if ((values[place] ?? -Infinity) > (values[high] ?? -Infinity)) high = place;
    }
    places.add(low).add(high);
  }
  return [...places].sort((a, b) => a - b);
}

/** How far each value is below the highest so far: 0 or less. */
export function falls(values: readonly (number | null)[]): (number | null)[] {
  let peak = -Infinity;
  return values.map((value) => {
    if (value === null) return null;
    peak = Math.max(peak, value);
    return value / peak - 1;
  });
}

const DASHES = ["solid", [7, 4], [2, 3], [9, 3, 2, 3]] as const;

interface Over {
  dates: readonly string[];
  lines: readonly Line[];
  log?: boolean;
  format: (value: number) => string;
  area?: boolean;
}

/** Lines over dates; at most four, told apart by colour and by dash. */
export function overTime({ dates, lines, log = false, format, area = false }: Over, look: Look): Option {
  const shown = lines.slice(0, 4);
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 58, right: 16, top: 12, bottom: 30 },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
      valueFormatter: (value: unknown) => (typeof value === "number" ? format(value) : "n/a"),
    },
    xAxis: { type: "time", axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false }, axisLabel: { color: look.muted, hideOverlap: true }, splitLine: { show: false } },
    yAxis: { type: log ? "log" : "value", scale: true, ...(log ? { min: "dataMin" } : {}), axisLabel: { color: look.muted, formatter: format }, splitLine: { lineStyle: { color: look.line } } },
    series: shown.map((line, n) => ({
      type: "line", name: line.name, symbol: "none", z: shown.length - n,
      lineStyle: { width: n === 0 ? 2 : 1.6, color: look.series[n], type: DASHES[n] }, itemStyle: { color: look.series[n] },
      ...(area && n === 0 ? { areaStyle: { color: look.series[n], opacity: 0.15 } } : {}),
      data: thinned(line.values).map((place) => [dates[place], line.values[place]]),
    })),
  };
}

export interface FanPoint {
  session: number;
  values: readonly number[];
}

interface Ahead {
  horizon: number;
  low: number | null;
  mean: number | null;
  high: number | null;
}

/** The way of an asset that is 1 now, as far as its forecasts are known. */
export function fanOf(rows: readonly Ahead[]): FanPoint[] {
  const points = rows.flatMap(({ horizon: session, low, mean, high }) => (low === null || mean === null || high === null ? [] : [{ session, values: [1 + low, 1 + mean, 1 + high] }]));
  return [{ session: 0, values: [1, 1, 1] }, ...points];
}

/** Where a simulation may be: bands between levels, the middle as a line, the goal and the beginning. */
export function fanOption(fan: readonly FanPoint[], levels: readonly number[], goal: number | null, look: Look): Option {
  const count = levels.length;
  const pairs = Array.from({ length: Math.floor(count / 2) }, (_, n) => [n, count - 1 - n] as const);
  const at = (n: number): [number, number][] => fan.map((one) => [one.session, one.values[n]!]);
  const band = ([low, high]: readonly [number, number], n: number) => [
    { type: "line", stack: `band${n}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, data: at(low) },
    {
      type: "line", stack: `band${n}`, symbol: "none", silent: true, lineStyle: { opacity: 0 }, areaStyle: { color: look.accent, opacity: n === 0 ? 0.16 : 0.26 },
      data: fan.map((one) => [one.session, one.values[high]! - one.values[low]!]),
    },
  ];
  const last = fan.at(-1)?.session ?? 1;
  const level = (value: number, text: string, color: string, side = "insideEndTop") => ({
    yAxis: value, lineStyle: { color, type: "dashed", width: 1 }, label: { formatter: text, color: look.muted, position: side, fontSize: 11 },
  });
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 62, right: 18, top: 16, bottom: 44 },
    xAxis: { type: "value", min: 0, max: last, name: "Sessions from now", nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.muted }, axisLabel: { color: look.muted, hideOverlap: true }, splitLine: { show: false } },
    yAxis: { type: "value", scale: true, axisLabel: { color: look.muted, formatter: (v: number) => percent(v - 1, 0) }, splitLine: { lineStyle: { color: look.line } } },
    series: [
      ...pairs.flatMap(band),
      {
        type: "line", symbol: "none", lineStyle: { color: look.accent, width: 2.5 }, data: count % 2 ? at((count - 1) / 2) : [],
        markLine: { silent: true, symbol: "none", data: [level(1, "as it began", look.ink, "insideEndBottom"), ...(goal === null ? [] : [level(goal, "the goal", look.star)])] },
      },
    ],
  };
}

export function fanSays(fan: readonly FanPoint[], levels: readonly number[]): string {
  const last = fan.at(-1);
  if (!last) return "The simulation has not begun.";
  const [low, high] = [last.values[0]! - 1, last.values.at(-1)! - 1];
  const middle = last.values[(levels.length - 1) / 2];
  const between = percent((levels.at(-1) ?? 1) - (levels[0] ?? 0), 0);
  return `After ${horizon(last.session)}: between ${percent(low)} and ${percent(high)} with a probability of ${between}; the middle is ${percent(middle === undefined ? null : middle - 1)}.`;
}
