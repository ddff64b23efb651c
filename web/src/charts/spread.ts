/** How many of the paths end where: bins as one outline, and lines at what matters. */
import { nice, percent } from "../format";
import type { Schemas } from "../api";
import type { Option } from "./chart";
import type { Look } from "./look";
import type { Stop } from "./walk";

type Distribution = Schemas["Distribution"];

export interface Spread {
  edges: readonly number[]; // gains and losses, ascending
  shares: readonly number[];
}

/** Values around 1 as gains and losses; falls are some already. */
export const spreadOf = ({ edges, shares }: Distribution, from = 0): Spread => ({ edges: edges.map((one) => one - from), shares });

export interface Mark {
  at: number;
  text: string;
}

const between = ({ edges, shares }: Spread, n: number): string => `${percent(edges[n])} to ${percent(edges[n + 1])}: ${percent(shares[n])} of the paths`;

export function spreadOption(spread: Spread, marks: readonly Mark[], name: string, look: Look): Option {
  const { edges, shares } = spread;
  const width = (edges.at(-1)! - edges[0]!) || 0.01;
  const ends = [edges[0]!, edges.at(-1)!, ...marks.map((one) => one.at)];
  const { min, max } = nice(Math.min(...ends) - 0.02 * width, Math.max(...ends) + 0.02 * width, 8);
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 52, right: 16, top: 46, bottom: 44 },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
      formatter: (shown: readonly { dataIndex: number }[]) => between(spread, Math.min(shown[0]?.dataIndex ?? 0, shares.length - 1)),
    },
    xAxis: { type: "value", min, max, name, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.muted }, axisLabel: { color: look.muted, hideOverlap: true, formatter: (v: number) => percent(v, 0) }, splitLine: { show: false } },
    yAxis: { type: "value", axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: look.muted, formatter: (v: number) => percent(v, 0) }, splitLine: { lineStyle: { color: look.line } } },
    series: [{
      type: "line", step: "end", symbol: "none", lineStyle: { color: look.series[0], width: 1.2 }, areaStyle: { color: look.series[0], opacity: 0.3 },
      data: [...shares.map((one, n) => [edges[n], one]), [edges.at(-1), shares.at(-1)]],
      markLine: {
        silent: true, symbol: "none",
        data: marks.map((one, n) => ({ xAxis: one.at, lineStyle: { color: look.ink, type: "dashed", width: 1 }, label: { formatter: one.text, color: look.muted, fontSize: 11, position: "end", distance: 4 + 13 * (n % 3) } })),
      },
    }],
  };
}

export const spreadStops = (spread: Spread): Stop[] => spread.shares.map((one, n) => ({ at: [spread.edges[n]!, one], says: between(spread, n) }));
