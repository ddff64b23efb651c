/** What may be lost, by horizon and method, at each level: value at risk and expected shortfall. */
import type { Schemas } from "../api";
import { horizon, percent, words } from "../format";
import { type Asked, Panel } from "./panel";
import { LongTable } from "./rows";

type Loss = Schemas["PathLoss"];

interface Row {
  horizon: number;
  method: string;
  at: readonly (Loss | undefined)[]; // by level
}

const levelsOf = (losses: readonly Loss[]): number[] => [...new Set(losses.map((one) => one.level))].sort((a, b) => a - b);

export function lossRows(losses: readonly Loss[]): Row[] {
  const horizons = [...new Set(losses.map((one) => one.horizon))].sort((a, b) => a - b);
  const methods = [...new Set(losses.map((one) => one.method))];
  const found = (over: number, method: string, level: number): Loss | undefined => losses.find((one) => one.horizon === over && one.method === method && one.level === level);
  return horizons.flatMap((over) => methods.map((method) => ({ horizon: over, method, at: levelsOf(losses).map((level) => found(over, method, level)) })));
}

function estimate(value: number | null | undefined, error: number | null | undefined): string {
  const digits = typeof value === "number" && Math.abs(value) < 0.1 ? 2 : 1;
  return typeof error === "number" ? `${percent(value, digits)} \u00b1 ${(100 * error).toFixed(digits)}` : percent(value, digits);
}

export function PathLosses({ losses, asked }: { losses: readonly Loss[]; asked: Asked }) {
  if (losses.length === 0) return null;
  const levels = levelsOf(losses);
  const heads = ["VaR", "CVaR"].flatMap((name) => levels.map((level) => `${name} ${percent(level, 0)}`));
  const cells = (one: Row): string[] => [horizon(one.horizon), words(one.method), ...one.at.map((each) => estimate(each?.value_at_risk, each?.value_at_risk_error)), ...one.at.map((each) => estimate(each?.expected_shortfall, each?.expected_shortfall_error))];
  const values = (one: Row): (string | number | null)[] => [one.horizon, one.method, ...one.at.map((each) => each?.value_at_risk ?? null), ...one.at.map((each) => each?.expected_shortfall ?? null)];
  const rows = lossRows(losses);
  const about = "Value at risk (VaR): the loss that is not exceeded with that probability. Expected shortfall (CVaR): the mean loss beyond it.";
  return (
    <Panel title="What may be lost, by method" name="losses-by-method" tabular asked={asked} sheet={{ columns: ["Sessions", "Method", ...heads], rows: rows.map(values) }} format={(x, c) => (c === 0 ? String(x) : percent(x, 3))}
      note={`${about} A loss is positive. \u00b1 is the Monte Carlo error; the other methods read the past or its moments, and have none. n/a: the past is too short for it.`}>
      <LongTable label="Losses by horizon and method" columns={["Over", "Method", ...heads].map((word, n) => ({ word, class: n > 1 ? "num" : "" }))} rows={rows} cells={cells} values={values}
        row={(one) => <tr key={`${one.horizon} ${one.method}`}>{cells(one).map((text, n) => (n === 0 ? <th key={n} scope="row">{text}</th> : <td key={n} class={n > 1 ? "num" : ""}>{text}</td>))}</tr>} />
    </Panel>
  );
}
