/** Every measure of every strategy over the same sessions: a row a measure, the followed strategy first. */
import type { Schemas } from "../api";
import { count, type Maybe, percent, ratio, words } from "../format";
import { Panel } from "../panels/panel";
import { Term } from "../panels/tips";
import type { ResultProps } from ".";

type Result = Schemas["StrategyResult"];
type Record = Result["backtest"][number];

interface Measure {
  word: string;
  is: string; // how it is calculated
  of: (one: Record) => Maybe;
  write?: (value: Maybe, one: Record) => string; // where it is no per cent
}

const pure = (value: Maybe): string => ratio(value);

/** They are those of the report, under the same names. */
export const MEASURES: readonly Measure[] = [
  { word: "Return a year", is: "what 1 came to, to the power of one over the years, less 1", of: (one) => one.annual_return },
  { word: "Volatility a year", is: "standard deviation of the returns of sessions, times the root of the sessions of a year", of: (one) => one.annual_volatility },
  { word: "Sharpe ± s.e.", is: "mean return beyond cash over its standard deviation, a year; ± is its standard error", of: (one) => one.sharpe, write: (value, one) => `${ratio(value)} \u00b1 ${ratio(one.sharpe_error)}` },
  { word: "Sortino", is: "mean return beyond cash over the root mean square of what fell short of it, a year", of: (one) => one.sortino, write: pure },
  { word: "Maximum drawdown", is: "the lowest value over the highest before it, less 1", of: (one) => one.max_drawdown },
  { word: "Longest drawdown", is: "most sessions in a row below an earlier high", of: (one) => one.longest_drawdown, write: count },
  { word: "Calmar", is: "return a year over the maximum drawdown", of: (one) => one.calmar, write: pure },
  { word: "1-day VaR 95 %", is: "the loss that was exceeded on 5 % of sessions; positive is a loss", of: (one) => one.value_at_risk, write: (value) => percent(value, 2) },
  { word: "1-day CVaR 95 %", is: "mean loss of the worst 5 % of sessions; positive is a loss", of: (one) => one.expected_shortfall, write: (value) => percent(value, 2) },
  { word: "Beta", is: "slope of the returns beyond cash on those of the index", of: (one) => one.beta, write: pure },
  { word: "Alpha a year (t)", is: "return beyond cash that beta does not explain, and its t statistic", of: (one) => (one.alpha_t === null ? null : one.alpha), write: (value, one) => `${percent(value)} (${ratio(one.alpha_t, 1)})` },
  { word: "Information ratio", is: "mean return beyond the index over its standard deviation, a year", of: (one) => one.information_ratio, write: pure },
  { word: "Hit rate", is: "share of the sessions with a gain, among those with a gain or a loss", of: (one) => one.hit_rate },
  { word: "Turnover a year", is: "what was bought, and what was sold, in shares of the portfolio: half their sum", of: (one) => one.turnover, write: (value) => percent(value, 0) },
  { word: "Costs a year", is: "what trading cost, as a share of the portfolio", of: (one) => one.cost, write: (value) => percent(value, 2) },
];

const isKnown = (value: Maybe): value is number => typeof value === "number" && Number.isFinite(value);

export function Records({ result, asked }: { result: Result; asked: ResultProps["asked"] }) {
  const all = result.backtest;
  const measures = MEASURES.filter(({ of }) => all.some((one) => isKnown(of(one))));
  const sheet = {
    columns: ["Measure", ...all.map((one) => one.name)],
    rows: measures.map(({ word, of }) => [word, ...all.map((one) => of(one) ?? null)] as (string | number | null)[]),
  };
  return (
    <Panel title="Beside the others" name="records" tabular asked={asked} sheet={sheet} note="All over the same sessions, after costs.">
      <div class="wide-table" tabIndex={0} role="region" aria-label="Records">
        <table class="plain">
          <thead><tr><th scope="col">Measure</th>{all.map((one, n) => <th key={one.name} scope="col" class={n === 0 ? "num strong" : "num"}>{words(one.name)}</th>)}</tr></thead>
          <tbody>{measures.map(({ word, is, of, write = (value: Maybe) => percent(value) }) => (
            <tr key={word}><th scope="row"><Term word={word} means={is} /></th>{all.map((one, n) => <td key={one.name} class={n === 0 ? "num strong" : "num"}>{isKnown(of(one)) ? write(of(one), one) : "n/a"}</td>)}</tr>
          ))}</tbody>
        </table>
      </div>
    </Panel>
  );
}
