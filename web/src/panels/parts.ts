/** Parts of a whole as bars: of the risk, of a return, of a stress, and the falls of a record. The page and the report have them alike. */
import type { Schemas } from "../api";
import { count, percent, ratio, signed, words } from "../format";
import type { Bar } from "./bars";

export interface Drawn {
  label: string;
  headings: readonly string[];
  bars: readonly Bar[];
  left: number; // parts that are not drawn
}

const LISTED = 12; // parts that are drawn

type Attribution = Schemas["Attribution"];
type ReturnParts = Schemas["ReturnAttribution"];
type Layers = Schemas["ReturnLayers"];

export const RISK_BY = { assets: "assets", sectors: "sectors", factors: "factors", principal: "principal components" } as const;
export type RiskBy = keyof typeof RISK_BY;
const RISKY = 14;

/** Of what it has parts by. */
export const riskBy = (attribution: Attribution): RiskBy[] => (Object.keys(RISK_BY) as RiskBy[]).filter((one) => attribution[one].length > 0);

/** Whether its parts have a share of the money, and no exposure. */
export const isWeighed = (by: RiskBy): boolean => by === "assets" || by === "sectors";

export const riskParts = (attribution: Attribution, by: RiskBy) => [...attribution[by]].sort((a, b) => (b.share ?? 0) - (a.share ?? 0));

export function riskBars(attribution: Attribution, by: RiskBy): Drawn {
  const [parts, weighed] = [riskParts(attribution, by), isWeighed(by)];
  return {
    label: "Part", headings: ["Of the risk", weighed ? "Weight" : "Exposure"], left: Math.max(0, parts.length - RISKY),
    bars: parts.slice(0, RISKY).map((one) => ({
      name: words(one.name), value: one.share ?? 0, neutral: true, ...(weighed ? { tick: one.exposure } : {}),
      texts: [percent(one.share), weighed ? percent(one.exposure) : ratio(one.exposure)],
    })),
  };
}

export function riskSays(attribution: Attribution, by: RiskBy): string {
  const whole = by === "factors" ? attribution.factors_annual_volatility : attribution.annual_volatility;
  return `Of a volatility of ${percent(whole)} a year.${isWeighed(by) ? " Bar: share of the risk. Tick: share of the money; a bar beyond it adds more risk than its weight." : ""} A negative share is a hedge.`;
}

/** What is no asset's: it adds up with the others. */
export const returnRest = (parts: ReturnParts) => [{ name: "interest on cash", annual: parts.cash, weight: null }, { name: "costs", annual: parts.costs, weight: null }];

export function returnBars(parts: ReturnParts, by: "assets" | "sectors"): Drawn {
  const ranked = [...(by === "sectors" ? (parts.sectors ?? []) : parts.assets)].sort((a, b) => Math.abs(b.annual) - Math.abs(a.annual));
  return {
    label: "Part", headings: ["A year", "Mean weight"], left: Math.max(0, ranked.length - LISTED),
    bars: [...ranked.slice(0, LISTED), ...returnRest(parts)].map((one) => ({ name: words(one.name), value: one.annual, texts: [signed(one.annual, 2), one.weight === null ? "" : percent(one.weight)] })),
  };
}

/** Layers whose names say too little. */
const LAYERS: Record<string, string> = { amount: "amount invested", risk: "risk and the past" };
export const layerName = (name: string): string => LAYERS[name] ?? name;

export const layersRest = (layers: Layers) => [{ name: "interest on cash", expected: layers.interest, luck: 0, realised: layers.interest }, { name: "costs", expected: layers.costs, luck: 0, realised: layers.costs }];

export function layerBars(layers: Layers): Drawn {
  return {
    label: "Layer", headings: ["Realised", "Luck", "Expected"], left: 0,
    bars: [...layers.layers, ...layersRest(layers)].map((one) => ({ name: words(layerName(one.name)), value: one.realised, tick: one.expected, texts: [signed(one.realised, 2), signed(one.luck, 2), signed(one.expected, 2)] })),
  };
}

export function fallBars(falls: readonly Schemas["DrawdownPeriod"][]): Drawn {
  return {
    label: "From its peak", headings: ["Depth", "Sessions", "Recovered"], left: 0,
    bars: falls.map((one) => ({ name: one.peak.replaceAll("-", "\u2011"), value: one.depth, title: `bottom on ${one.bottom}`, texts: [percent(one.depth), count(one.sessions), one.recovered ?? "not yet"] })),
  };
}

/** Through which assets a stress comes. */
export function effectBars(one: Pick<Schemas["Stressed"], "assets">): Drawn {
  const ranked = [...one.assets].sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
  return {
    label: "Asset", headings: ["Effect", "Own move"], left: Math.max(0, ranked.length - LISTED),
    bars: ranked.slice(0, LISTED).map((each) => ({ name: each.ticker, value: each.effect, texts: [signed(each.effect), signed(each.move)] })),
  };
}
