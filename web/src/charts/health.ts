/** How forecasts came true over time, beside what is promised of them; a broken promise is shaded. */
import type { Schemas } from "../api";
import type { Option } from "./chart";
import type { Look } from "./look";
import type { Stop } from "./walk";

type Promised = Schemas["ForecastPromise"];

export interface Kept {
  dates: readonly string[];
  values: readonly (number | null)[];
  promised: number;
  alarms: Promised["alarms"];
  format: (value: number) => string;
  usual?: readonly [number, number]; // where luck alone leaves it
}

const ROOM = 0.15; // of the range, above and below, and for what is promised

/** The range that holds what was measured and what is promised, or nothing if all is unknown. */
export function rangeOfKept({ values, promised, usual = [promised, promised] }: Kept): { min: number; max: number } | null {
  const known = values.filter((one): one is number => typeof one === "number" && Number.isFinite(one));
  if (known.length === 0) return null;
  const [low, high] = [Math.min(promised, usual[0], ...known), Math.max(promised, usual[1], ...known)];
  const room = ROOM * (high - low || Math.abs(high) || 1);
  return { min: low - room, max: high + room };
}

export function keptOption(kept: Kept, look: Look): Option {
  const { dates, values, promised, alarms = [], format } = kept;
  const last = dates.at(-1);
  const broken = alarms.map((one) => [{ xAxis: one.since }, { xAxis: one.ended ?? last }]);
  const luck = kept.usual ? [[{ yAxis: kept.usual[0], itemStyle: { color: look.muted } }, { yAxis: kept.usual[1] }]] : [];
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 58, right: 16, top: 10, bottom: 26 },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
      valueFormatter: (value: unknown) => (typeof value === "number" ? format(value) : "n/a"),
    },
    xAxis: { type: "time", axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false }, axisLabel: { color: look.muted, hideOverlap: true }, splitLine: { show: false } },
    yAxis: { type: "value", ...rangeOfKept(kept), splitNumber: 3, axisLabel: { color: look.muted, formatter: format, showMinLabel: false, showMaxLabel: false }, splitLine: { lineStyle: { color: look.line } } },
    series: [{
      type: "line", name: "measured", symbol: "none", lineStyle: { width: 1.8, color: look.series[0] }, itemStyle: { color: look.series[0] },
      data: dates.map((day, n) => [day, values[n] ?? null]),
      markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: look.ink, type: "dashed", width: 1.2 }, data: [{ yAxis: promised }] },
      markArea: { silent: true, itemStyle: { color: look.loss, opacity: 0.16 }, data: [...luck, ...broken] },
    }],
  };
}

export function keptStops({ dates, values, promised, format }: Kept): Stop[] {
  return dates.map((day, n) => ({ at: [day, values[n] ?? promised], says: `${day}: ${typeof values[n] === "number" ? format(values[n]) : "n/a"}, promised ${format(promised)}` }));
}

export function keptSays({ dates, values, promised, alarms = [], format }: Kept, what: string): string {
  const now = values.filter((one) => one !== null).at(-1) ?? null;
  const broken = alarms.length === 0 ? "no alarm" : `${alarms.length} alarm${alarms.length === 1 ? "" : "s"}`;
  return `${what}, ${dates[0] ?? ""} to ${dates.at(-1) ?? ""}: ${now === null ? "n/a" : format(now)} now, ${format(promised)} promised, ${broken}.`;
}
