/** How a model learnt: its error after each pass over its data, on what it is fitted to and on what it is not. */
import type { Schemas } from "../api";
import { ratio } from "../format";
import type { Option } from "./chart";
import { DASHES, type Look } from "./look";
import type { Stop } from "./walk";

type Loss = Schemas["EpochLoss"];

/** The pass after which the error on unseen sessions is least: the one that is kept. */
export const bestOf = (losses: readonly Loss[]): Loss | undefined =>
  losses.reduce<Loss | undefined>((best, one) => (!best || one.validation < best.validation ? one : best), undefined);

export function lossOption(losses: readonly Loss[], look: Look): Option {
  const best = bestOf(losses);
  const line = (name: string, n: number, of: (one: Loss) => number) => ({
    type: "line", name, symbol: losses.length < 3 ? "circle" : "none", lineStyle: { color: look.series[n], width: 1.9, type: DASHES[n] }, itemStyle: { color: look.series[n] },
    data: losses.map((one) => [one.epoch, of(one)]),
  });
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 62, right: 18, top: 22, bottom: 44 },
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
      valueFormatter: (value: unknown) => (typeof value === "number" ? ratio(value, 3) : "n/a"),
    },
    xAxis: { type: "value", min: 1, max: Math.max(2, losses.at(-1)?.epoch ?? 2), minInterval: 1, name: "Passes over the data", nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.muted }, axisLabel: { color: look.muted, hideOverlap: true }, splitLine: { show: false } },
    yAxis: { type: "value", scale: true, splitNumber: 4, axisLabel: { color: look.muted, formatter: (v: number) => ratio(v) }, splitLine: { lineStyle: { color: look.line } } },
    series: [
      line("training", 0, (one) => one.training),
      {
        ...line("validation", 1, (one) => one.validation),
        ...(best ? { markLine: { silent: true, symbol: "none", lineStyle: { color: look.ink, type: "dashed", width: 1 }, label: { formatter: "kept", color: look.muted, fontSize: 11 }, data: [{ xAxis: best.epoch }] } } : {}),
      },
    ],
  };
}

export const lossStops = (losses: readonly Loss[]): Stop[] =>
  losses.map((one) => ({ at: [one.epoch, one.validation], says: `After pass ${one.epoch}: training ${ratio(one.training, 3)}, validation ${ratio(one.validation, 3)}` }));

export function lossSays(losses: readonly Loss[]): string {
  const best = bestOf(losses);
  const last = losses.at(-1);
  if (!best || !last) return "No pass is known.";
  const after = last.epoch > best.epoch ? `; ${last.epoch - best.epoch} more did not help` : "";
  return `On sessions it was not fitted to, the error was least after pass ${best.epoch} (${ratio(best.validation, 3)}): that one is kept${after}.`;
}
