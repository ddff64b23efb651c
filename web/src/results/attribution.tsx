/** What of a return was expected and what was luck: by layer of the decisions, and by year. */
import type { Schemas } from "../api";
import { percent, signed } from "../format";
import { Bars } from "../panels/bars";
import { Panel } from "../panels/panel";
import { Layers } from "./record";
import type { ResultProps } from ".";

type Year = Schemas["AttributedYear"];

export function AttributionView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["StrategyAttribution"];
  return (
    <>
      <Layers layers={result} asked={asked} />
      {result.years.length > 0 && <Years years={result.years} asked={asked} />}
    </>
  );
}

/** What interest and costs add is known beforehand. */
export const expectedOf = (one: Year): number => one.expected + one.interest + one.costs;

function Years({ years, asked }: { years: readonly Year[]; asked: ResultProps["asked"] }) {
  const latest = [...years].reverse();
  const sheet = { columns: ["Year", "Return", "Expected", "Luck", "Forecasts", "Limits", "Interest", "Costs"], rows: latest.map((one) => [String(one.year), one.total, expectedOf(one), one.luck, one.forecasts, one.limits, one.interest, one.costs]) };
  return (
    <Panel title="Expected and luck by year" name="layers-by-year" asked={asked} sheet={sheet} format={(x) => percent(x, 2)}
      note="Bar: the return of the year, a sum of its sessions. Thick line: what was expected, interest and costs counted. What lies between them is luck.">
      <Bars label="Year" headings={["Return", "Luck", "Expected"]} bars={latest.map((one) => ({ name: String(one.year), value: one.total, tick: expectedOf(one), texts: [signed(one.total), signed(one.luck), signed(expectedOf(one))] }))} />
    </Panel>
  );
}
