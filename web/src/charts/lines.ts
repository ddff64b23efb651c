/** Series over time: growth, falls, fans. Long ones are thinned, so that a page stays fluid. */
import { horizon, percent } from "../format";
import type { Option } from "./chart";
import { DASHES, type Look } from "./look";
import { timeFrame, timeTip, type Window } from "./time";
import type { Stop } from "./walk";

export interface Line {
  name: string;
  values: readonly (number | null)[];
}

const MOST = 20_000; // points of a line that are handed over; the chart draws as many as there are pixels

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

export interface Over {
  dates: readonly string[];
  lines: readonly Line[];
  log?: boolean;
  format: (value: number) => string;
  onAxis?: (value: number) => string; // shorter
  area?: boolean;
  shaded?: readonly Stretch[];
  ticks?: readonly string[]; // days that are marked at the foot
  window?: Window;
}

/** Days that are shaded, and what they are. */
interface Stretch {
  from: string;
  to: string;
  text?: string;
}

/** Within less than thrice the least a logarithmic scale has too few ticks, and a plain one is as good. */
function isLog(lines: readonly Line[], log: boolean): boolean {
  const [low, high] = rangeOver(lines);
  return log && high > 3 * low;
}

function rangeOver(lines: readonly Line[]): readonly [number, number] {
  const known = lines.flatMap((one) => one.values.filter((value): value is number => value !== null && value > 0));
  return known.reduce<readonly [number, number]>(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
}

/** Powers of two are ticks that people read. */
function scaleOver(lines: readonly Line[], log: boolean): Record<string, unknown> {
  const [low, high] = rangeOver(lines);
  return isLog(lines, log) ? { type: "log", logBase: high > 100 * low ? 10 : 2, min: "dataMin", max: "dataMax" } : { type: "value" };
}

const lineLook = (n: number, look: Look): Record<string, unknown> =>
  n < DASHES.length ? { width: n === 0 ? 2 : 1.6, color: look.series[n], type: DASHES[n] } : { width: 1.1, color: look.ink, type: [4, 3] };

/** Lines over dates, told apart by colour and by dash: four of them, any other is thin. */
export function overTime({ dates, lines, log = false, format, onAxis = format, area = false, shaded = [], ticks = [], window }: Over, look: Look): Option {
  return {
    ...timeFrame(window, look),
    tooltip: timeTip(format, look),
    yAxis: [
      { ...scaleOver(lines, log), scale: true, splitNumber: 4, axisLabel: { color: look.muted, formatter: onAxis, hideOverlap: true, ...(isLog(lines, log) ? { showMaxLabel: false } : {}) }, splitLine: { lineStyle: { color: look.line } } },
      ...(ticks.length ? [{ type: "value", min: 0, max: 1, show: false }] : []),
    ],
    series: [
      ...lines.map((line, n) => ({
        type: "line", name: line.name, symbol: "none", sampling: "minmax", z: 2 + lines.length - n,
        lineStyle: lineLook(n, look), itemStyle: { color: look.series[n] ?? look.ink },
        ...(n === 0 && shaded.length ? {
          markArea: {
            silent: true, itemStyle: { color: look.muted, opacity: 0.09 }, label: { color: look.muted, fontSize: 11, position: "insideTopLeft" },
            data: shaded.map((one) => [{ xAxis: one.from, name: one.text ?? "" }, { xAxis: one.to }]),
          },
        } : {}),
        ...(area && n === 0 ? { areaStyle: { color: look.series[n], opacity: 0.15 } } : {}),
        data: thinned(line.values).map((place) => [dates[place], line.values[place]]),
      })),
      ...(ticks.length ? [{
        type: "scatter", yAxisIndex: 1, silent: true, tooltip: { show: false }, symbol: "rect", symbolSize: [1, 7], symbolOffset: [0, -4],
        itemStyle: { color: look.muted }, data: ticks.map((day) => [day, 0]),
      }] : []),
    ],
  };
}

/** The last sessions of months: where a walk along daily values stops. */
export function monthEnds(dates: readonly string[]): number[] {
  return dates.flatMap((day, n) => (dates[n + 1]?.slice(0, 7) === day.slice(0, 7) ? [] : [n]));
}

export function stopsOver({ dates, lines, format }: Over): Stop[] {
  const first = lines[0]?.values ?? [];
  const written = (value: number | null | undefined): string => (typeof value === "number" ? format(value) : "n/a");
  return monthEnds(dates).map((n) => ({ at: [dates[n]!, first[n] ?? 0], says: `${dates[n]!}: ${lines.map((one) => `${one.name} ${written(one.values[n])}`).join(", ")}` }));
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

/** How a fan is drawn: what is between is as high as it is likely, or as it grows. */
export interface FanLook {
  log?: boolean; // the same growth has the same height
  paths?: readonly (readonly number[])[]; // some of them, faint
}

const LEAST = 1e-3; // of the beginning: less is drawn as if it were that, for nothing has no logarithm

/** Round gains for a logarithmic axis: those of a list that lie in the picture, thinned to a few. */
export function gainTicks(low: number, high: number): number[] {
  const round = [-0.95, -0.9, -0.8, -0.7, -0.6, -0.5, -0.4, -0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 9, 14, 19, 49, 99];
  const inside = round.filter((one) => one >= low && one <= high);
  const step = Math.ceil(inside.length / 8);
  const zero = Math.max(0, inside.indexOf(0));
  return inside.filter((_, n) => (n - zero) % step === 0);
}

/** Where a simulation may be: bands between levels, the middle as a line, the goal and the beginning. */
export function fanOption(fan: readonly FanPoint[], levels: readonly number[], goal: number | null, look: Look, { log = false, paths = [] }: FanLook = {}): Option {
  const count = levels.length;
  const pairs = Array.from({ length: Math.floor(count / 2) }, (_, n) => [n, count - 1 - n] as const);
  const height = (value: number): number => (log ? Math.log(Math.max(value, LEAST)) : value - 1); // gains, so that ticks are round
  const gain = (y: number): number => (log ? Math.exp(y) - 1 : y);
  const all = [...fan.flatMap((one) => [...one.values]), ...paths.flat(), ...(goal === null ? [] : [goal])];
  const [low, high] = all.reduce<readonly [number, number]>(([least, most], one) => [Math.min(least, one), Math.max(most, one)], [1, 1]);
  const ticks = log ? gainTicks(low - 1, high - 1).map((one) => height(1 + one)) : [];
  const at = (n: number): [number, number][] => fan.map((one) => [one.session, height(one.values[n]!)]);
  const band = ([low, high]: readonly [number, number], n: number) => [
    { type: "line", stack: `band${n}`, stackStrategy: "all", symbol: "none", silent: true, lineStyle: { opacity: 0 }, data: at(low) },
    {
      type: "line", stack: `band${n}`, stackStrategy: "all", symbol: "none", silent: true, lineStyle: { opacity: 0 }, areaStyle: { color: look.accent, opacity: n === 0 ? 0.16 : 0.26 },
      data: fan.map((one) => [one.session, height(one.values[high]!) - height(one.values[low]!)]),
    },
  ];
  const last = fan.at(-1)?.session ?? 1;
  const stops = fanStops(fan, levels);
  const level = (value: number, text: string, color: string, side = "insideEndTop") => ({
    yAxis: value, lineStyle: { color, type: "dashed", width: 1 }, label: { formatter: text, color: look.muted, position: side, fontSize: 11 },
  });
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 62, right: 18, top: 16, bottom: 44 },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
      formatter: (shown: readonly { axisValue: number }[]) => {
        const n = fan.findIndex((one) => one.session === shown[0]?.axisValue);
        return stops[n]?.says.replace(": ", "\n").replace("; ", "\n") ?? "";
      },
    },
    xAxis: { type: "value", min: 0, max: last, name: "Sessions from now", nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.muted }, axisLabel: { color: look.muted, hideOverlap: true }, splitLine: { show: false } },
    yAxis: {
      type: "value", scale: true, ...(log ? { min: height(low), max: height(high) } : {}),
      axisLabel: { color: look.muted, formatter: (y: number) => percent(gain(y), 0), ...(log ? { customValues: ticks } : {}) },
      axisTick: log ? { customValues: ticks } : {}, splitLine: { show: !log, lineStyle: { color: look.line } },
    },
    series: [
      ...pairs.flatMap(band),
      ...paths.map((one) => ({ type: "line", symbol: "none", silent: true, lineStyle: { color: look.muted, width: 0.7, opacity: 0.4 }, data: one.map((value, n) => [fan[n]?.session ?? 0, height(value)]) })),
      {
        type: "line", symbol: "none", lineStyle: { color: look.accent, width: 2.5 }, data: count % 2 ? at((count - 1) / 2) : [],
        markLine: { silent: true, symbol: "none", data: [level(height(1), "no change", look.ink, "insideEndBottom"), ...(goal === null ? [] : [level(height(goal), "the goal", look.star)])] },
      },
    ],
  };
}

/** Each session of a fan in words: the outermost band, and the middle. */
export function fanStops(fan: readonly FanPoint[], levels: readonly number[]): Stop[] {
  const middle = (levels.length - 1) / 2;
  return fan.map(({ session, values }) => {
    const between = `between ${percent(values[0]! - 1)} and ${percent(values.at(-1)! - 1)}`;
    const centre = values[middle] === undefined ? "" : `; the middle ${percent(values[middle] - 1)}`;
    return { at: [session, values[Math.floor(middle)]! - 1], says: session === 0 ? "Now: no change yet" : `After ${horizon(session)}: ${between}${centre}` };
  });
}

export function fanSays(fan: readonly FanPoint[], levels: readonly number[]): string {
  const last = fan.at(-1);
  if (!last) return "The simulation has not begun.";
  const [low, high] = [last.values[0]! - 1, last.values.at(-1)! - 1];
  const middle = last.values[(levels.length - 1) / 2];
  const between = percent((levels.at(-1) ?? 1) - (levels[0] ?? 0), 0);
  return `After ${horizon(last.session)}: between ${percent(low)} and ${percent(high)} with a probability of ${between}; the middle is ${percent(middle === undefined ? null : middle - 1)}.`;
}
