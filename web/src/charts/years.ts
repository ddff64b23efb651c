/** The return of each calendar year as columns: what is followed, and what it is held against. */
import { percent } from "../format";
import type { Option } from "./chart";
import type { Look } from "./look";
import type { Stop } from "./walk";

export interface Year {
  year: number;
  own: number | null;
  beside: number | null;
}

export function yearsOption(years: readonly Year[], names: readonly [string, string], look: Look): Option {
  const column = (name: string, values: readonly (number | null)[], color: string) => ({
    type: "bar", name, data: values, barGap: "10%", barCategoryGap: "28%", itemStyle: { color, borderRadius: 2 },
  });
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 52, right: 10, top: 12, bottom: 28 },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
      valueFormatter: (value: unknown) => percent(typeof value === "number" ? value : null),
    },
    xAxis: {
      type: "category", data: years.map((one) => String(one.year)), axisTick: { show: false },
      axisLine: { lineStyle: { color: look.muted } }, axisLabel: { color: look.muted, hideOverlap: true }, // at zero, under the columns that fall
    },
    yAxis: { type: "value", axisLabel: { color: look.muted, formatter: (v: number) => percent(v, 0) }, splitLine: { lineStyle: { color: look.line } } },
    series: [
      column(names[0], years.map((one) => one.own), look.series[0]!),
      ...(names[1] ? [column(names[1], years.map((one) => one.beside), look.other)] : []),
    ],
  };
}

export function yearStops(years: readonly Year[], names: readonly [string, string]): Stop[] {
  return years.map(({ year, own, beside }, n) => ({ at: [n, own ?? 0], says: `${year}: ${names[0]} ${percent(own)}${names[1] ? `, ${names[1]} ${percent(beside)}` : ""}` }));
}

export function yearsSay(years: readonly Year[], name: string): string {
  const known = years.filter((one): one is Year & { own: number } => one.own !== null);
  if (known.length === 0) return "No calendar year is known.";
  const best = known.reduce((most, one) => (one.own > most.own ? one : most));
  const worst = known.reduce((most, one) => (one.own < most.own ? one : most));
  const gains = known.filter((one) => one.own > 0).length;
  return `${name} gained in ${gains} of ${known.length} years; the best was ${best.year} (${percent(best.own)}), the worst ${worst.year} (${percent(worst.own)}).`;
}
