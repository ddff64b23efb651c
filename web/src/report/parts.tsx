/** Parts as bars and maps of numbers: the panels of the page, of the numbers in the report. */
import { useState } from "preact/hooks";
import type { Schemas } from "../api";
import { percent } from "../format";
import { Bars, PartBars } from "../panels/bars";
import { CorrelationMap, type Matrix } from "../panels/correlations";
import { MonthMap } from "../panels/months";
import { effectBars, fallBars, layerBars, RISK_BY, riskBars, type RiskBy, riskBy, riskSays, returnBars } from "../panels/parts";
import { stressBars, titled } from "../panels/stresses";
import type { Result } from "./read";

export interface StressReadings {
  picture: "stresses";
  money: number;
  stresses: readonly Schemas["Stressed"][];
}

export interface RiskReadings {
  picture: "risk";
  attribution: Schemas["Attribution"];
}

export interface MonthReadings {
  picture: "months";
  months: readonly (readonly [number, number, number])[]; // year, month and return
}

export function Stresses({ read }: { read: StressReadings }) {
  const worst = [...read.stresses].sort((a, b) => b.loss - a.loss);
  const [chosen, setChosen] = useState(worst[0]?.name ?? "");
  const one = worst.find((each) => each.name === chosen);
  return (
    <>
      <Bars label="Stress" bars={stressBars(worst, read.money)} headings={["Return", "Money"]} />
      {one && (
        <>
          <h3>Through which assets</h3>
          <p class="controls"><label class="inline">Stress <select value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>{worst.map((each) => <option key={each.name} value={each.name}>{titled(each.name)}</option>)}</select></label></p>
          <p class="which">{titled(one.verdict)}.</p>
          <PartBars drawn={effectBars(one)} />
        </>
      )}
    </>
  );
}

export function Risk({ read }: { read: RiskReadings }) {
  const kinds = riskBy(read.attribution);
  const [by, setBy] = useState<RiskBy>(kinds.includes("sectors") ? "sectors" : kinds[0]!);
  return (
    <>
      <p class="controls"><label class="inline">By <select value={by} onChange={(e) => setBy(e.currentTarget.value as RiskBy)}>{kinds.map((one) => <option key={one} value={one}>{RISK_BY[one]}</option>)}</select></label></p>
      <PartBars drawn={riskBars(read.attribution, by)} />
      <p class="foot">{riskSays(read.attribution, by)}</p>
    </>
  );
}

export function Returns({ result }: { result: Result }) {
  const parts = result.attribution!;
  const both = (parts.sectors ?? []).length > 0;
  const [by, setBy] = useState<"assets" | "sectors">(both ? "sectors" : "assets");
  return (
    <>
      {both && <p class="controls"><label class="inline">By <select value={by} onChange={(e) => setBy(e.currentTarget.value as typeof by)}><option value="sectors">sectors</option><option value="assets">assets</option></select></label></p>}
      <PartBars drawn={returnBars(parts, by)} />
      <p class="foot">Parts of the return of {percent(parts.annual_return)} a year, after costs: all of them add up to it.</p>
    </>
  );
}

export const Layers = ({ result }: { result: Result }) => <PartBars drawn={layerBars(result.layers!)} />;

export const Falls = ({ result }: { result: Result }) => <PartBars drawn={fallBars(result.drawdowns ?? [])} />;

export const Months = ({ read }: { read: MonthReadings }) => <MonthMap months={read.months.map(([year, month, value]) => ({ year, month, value }))} />;

export const Together = ({ matrix }: { matrix: Matrix }) => <CorrelationMap matrix={matrix} />;
