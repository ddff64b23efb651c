/** A backtest: the record over time, months and years, what is held, and what the forecasts were worth. */
import { useCallback, useMemo } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { colours, rankedByWeight } from "../charts/look";
import { yearsOption, yearsSay, yearStops } from "../charts/years";
import { count, percent, ratio, signed, words } from "../format";
import { PartBars } from "../panels/bars";
import { Kpi } from "../panels/kpi";
import { MonthMap, monthlyReturns } from "../panels/months";
import { MEANS } from "../panels/meanings";
import { Panel } from "../panels/panel";
import { fallBars } from "../panels/parts";
import { Ring, WeightsTable } from "../panels/weights";
import { TITLES } from "../titles";
import type { ResultProps } from ".";
import { Claims } from "./evidence";
import { Ahead, Intervals } from "./forecast";
import { Leaderboard } from "./leaderboard";
import { Next } from "./next";
import { OverTheTime } from "./over_time";
import { Past } from "./past";
import { Records } from "./records";
import { Layers, Offsets, Sources, Tilt } from "./record";

type Result = Schemas["StrategyResult"];

export function StrategyView({ run, asked }: ResultProps) {
  const result = run.result as Result;
  const record = result.backtest[0]!;
  const ranked = useMemo(() => rankedByWeight(result.weights), [result]);
  const colourOf = useMemo(() => colours(ranked), [ranked]);
  const sheet = { columns: ["Asset", "Weight"], rows: ranked.map((one) => [one, result.weights[one]!]) };
  return (
    <>
      <section class="kpis" aria-label="Record out of sample">
        <Kpi title={MEANS.annualReturn} word="Return a year" value={percent(record.annual_return)} note={`out of sample, after costs, ${record.first} to ${record.last}`} />
        <Kpi title={MEANS.volatility} word="Volatility a year" value={percent(record.annual_volatility)} note={`beta ${ratio(record.beta)}`} />
        <Kpi title={MEANS.sharpe} word="Sharpe ratio" value={`${ratio(record.sharpe)} \u00b1 ${ratio(record.sharpe_error)}`} note="± is its standard error" />
        <Kpi title={MEANS.fall} word="Maximum drawdown" value={percent(record.max_drawdown)} note={`${record.longest_drawdown ?? "n/a"} sessions under water`} />
      </section>
      <OverTheTime result={result} asked={asked} />
      <div class="two">
        <Panel title={TITLES.months} name="months" asked={asked} sheet={monthSheet(result)} format={(x) => signed(x, 2)} note={`Returns of ${record.name}, after costs.`}>
          <MonthMap months={monthlyReturns(result.curves.sessions, result.curves.equity[0]?.equity ?? [])} />
        </Panel>
        <Panel title="Weights for the next session" name="weights" asked={asked} sheet={sheet} format={(x) => percent(x, 2)}>
          <div class="ring-and-table"><Ring weights={result.weights} colourOf={colourOf} /><WeightsTable weights={result.weights} colourOf={colourOf} run={asked.run} /></div>
        </Panel>
      </div>
      <Records result={result} asked={asked} />
      <div class="two even">
        <Years result={result} asked={asked} />
        <Falls result={result} asked={asked} />
      </div>
      {(result.claims ?? []).length > 0 && <Claims claims={result.claims!} asked={asked} />}
      <div class="two even">
        {result.attribution && <Sources parts={result.attribution} asked={asked} />}
        {result.offsets && <Offsets offsets={result.offsets} record={record} asked={asked} />}
      </div>
      {result.layers && <Layers layers={result.layers} asked={asked} />}
      {result.tilt && <Tilt tilt={result.tilt} asked={asked} />}
      <Intervals forecasts={result.forecasts} asked={asked} />
      <Ahead forecasts={result.forecasts} scores={result.leaderboard} asked={asked} />
      <Past past={result.past ?? []} asked={asked} />
      <Leaderboard scores={result.leaderboard} asked={asked} />
      <Next run={asked.run} weights={null} name={result.strategy} />
    </>
  );
}

/** Calendar years as columns, beside the index where it was followed. */
function Years({ result, asked }: { result: Result; asked: ResultProps["asked"] }) {
  const own = result.strategy;
  const names = result.backtest.map((one) => one.name);
  const beside = names.find((one) => one === "index" && one !== own) ?? names.find((one) => one !== own) ?? ""; // as in the report
  const years = (result.years ?? []).map((one) => ({ year: one.year, own: one.returns[own] ?? null, beside: one.returns[beside] ?? null }));
  const draw: Draw = useCallback((look) => yearsOption(years, [own, beside], look), [result]);
  const sheet = { columns: ["Year", ...names], rows: (result.years ?? []).map((one) => [String(one.year), ...names.map((name) => one.returns[name] ?? null)]) };
  if (years.length === 0) return null;
  return (
    <Panel title={TITLES.years} name="years" picture asked={asked} sheet={sheet} format={(x) => signed(x, 2)} note="After costs; the first and the last year may not be whole.">
      <p class="legend lines"><span><i class="swatch" style={{ background: "var(--series-1)" }} />{words(own)}</span>{beside && <span><i class="swatch" style={{ background: "var(--other)" }} />{words(beside)}</span>}</p>
      <Chart draw={draw} stops={yearStops(years, [own, beside])} says={yearsSay(years, own)} name="years" height={300} />
      <p class="which">{words(yearsSay(years, own))}</p>
    </Panel>
  );
}

/** The worst falls: how deep, and how long until the peak was reached again. */
function Falls({ result, asked }: { result: Result; asked: ResultProps["asked"] }) {
  const falls = result.drawdowns ?? [];
  if (falls.length === 0) return null;
  const sheet = { columns: ["Peak", "Bottom", "Recovered", "Depth", "Sessions"], rows: falls.map((one) => [one.peak, one.bottom, one.recovered, one.depth, one.sessions]) };
  return (
    <Panel title={TITLES.falls} name="worst-falls" asked={asked} sheet={sheet} format={(x, c) => (c === 4 ? count(x) : percent(x, 2))}>
      <PartBars drawn={fallBars(falls)} />
    </Panel>
  );
}

function monthSheet(result: Result) {
  const months = monthlyReturns(result.curves.sessions, result.curves.equity[0]?.equity ?? []);
  return { columns: ["Month", "Return"], rows: months.map((one) => [`${one.year}-${String(one.month).padStart(2, "0")}`, one.value]) };
}
