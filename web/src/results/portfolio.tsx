/** One portfolio: what it holds, what is expected of it, and what holds each weight where it is. */
import { useMemo } from "preact/hooks";
import type { Schemas } from "../api";
import { colours, rankedByWeight } from "../charts/look";
import { percent, phrase, ratio } from "../format";
import { Blocks } from "../panels/blocks";
import { Kpi } from "../panels/kpi";
import { MEANS } from "../panels/meanings";
import { Panel } from "../panels/panel";
import { ExpectedVolatilityPanel } from "../panels/volatility";
import { limitsOf, Ring, WeightsTable } from "../panels/weights";
import { TITLES } from "../titles";
import type { ResultProps } from ".";
import { Next } from "./next";

const WHY = "Why"; // as the page of a portfolio calls its reasons

export function PortfolioView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["Portfolio"];
  const ranked = useMemo(() => rankedByWeight(result.weights), [result]);
  const colourOf = useMemo(() => colours(ranked), [ranked]);
  const limits = result.reasons.limits.filter((one) => ranked.some((asset) => one.name.startsWith(`${asset}: `)));
  const bound = (one: string): (string | number | null)[] => (limits.length ? [limitsOf(limits, one)[0]?.word ?? "", limitsOf(limits, one)[0]?.price ?? null] : []);
  const shares = result.risk_shares ?? {};
  const known = Object.keys(shares).length > 0;
  const columns = ["Asset", "Weight", ...(known ? ["Share of the risk"] : []), ...(limits.length ? ["Limit", "Price of the limit"] : [])];
  const sheet = { columns, rows: ranked.map((one) => [one, result.weights[one]!, ...(known ? [shares[one] ?? null] : []), ...bound(one)]) };
  const main = run.page?.main ?? [];
  const [reasons, tables] = [main.filter((one) => one.kind === "lines" && one.title === WHY), main.filter((one) => one.kind !== "lines" || one.title !== WHY)];
  return (
    <>
      <section class="kpis" aria-label="What is expected">
        <Kpi title={MEANS.expectedReturn} word="Expected return" value={percent(result.expected_return)} note="a year, by these estimates" />
        <Kpi title={MEANS.volatility} word="Volatility" value={percent(result.volatility)} note="a year" />
        <Kpi title={MEANS.expectedSharpe} word="Sharpe ratio" value={ratio(result.expected_sharpe)} note="expected, in sample" />
        <Kpi word="Holdings" value={String(ranked.length)} note={`cash ${percent(result.cash)}`} />
      </section>
      <div class="two even">
        <Panel title={TITLES.weights} asked={asked} sheet={sheet} format={(x, column) => (columns[column] === "Price of the limit" ? ratio(x, 3) : percent(x, 2))}
          note={limits.length ? "A limit that binds has a price: what the objective would gain for a unit more of it." : undefined}>
          <div class={limits.length ? "ring-and-table narrow" : "ring-and-table"}><Ring weights={result.weights} colourOf={colourOf} /><WeightsTable weights={result.weights} colourOf={colourOf} limits={result.reasons.limits} shares={shares} zeros={result.assets.map((one) => one.ticker)} run={asked.run} /></div>
        </Panel>
        {tables.length > 0 && <Panel title="In detail" asked={asked} sheet={run.page?.sheet ?? undefined}><Blocks blocks={tables} /></Panel>}
      </div>
      {reasons.length > 0 && <Panel title={WHY} class="reasons" asked={asked}><Blocks blocks={reasons.map((one) => ({ ...one, title: "" }))} /></Panel>}
      {result.expected_volatility && <ExpectedVolatilityPanel one={result.expected_volatility} past={result.volatility} asked={asked} />}
      <Next run={asked.run} weights={null} name={phrase(result.objective)} />
    </>
  );
}
