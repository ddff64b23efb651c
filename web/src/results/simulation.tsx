/** Where a portfolio may be: the fan, how likely a loss and the goal are, each with its Monte Carlo error. */
import { useCallback, useMemo, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { fanOption, type FanPoint, fanSays, fanStops } from "../charts/lines";
import { type Mark, type Spread, spreadOf, spreadOption, spreadStops } from "../charts/spread";
import { count, horizon, money, percent, phrase } from "../format";
import { CapitalField, useCapital } from "../panels/capital";
import { Kpi } from "../panels/kpi";
import { MEANS } from "../panels/meanings";
import { Panel } from "../panels/panel";
import { PathLosses } from "../panels/path_losses";
import type { Slice } from "../run";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

type Estimate = Schemas["MonteCarloEstimate"];

/** "14.6 % ± 0.4": the number, and by how much another seed may change it. */
export function estimated(one: Estimate, digits = 1): string {
  const error = one.error === null ? "" : ` \u00b1 ${((one.error ?? 0) * 100).toFixed(digits)}`;
  return `${percent(one.value, digits)}${error}`;
}

/** The fan of the paths so far: of each session the latest that was said. */
export function fanSoFar(slices: readonly Slice[]): FanPoint[] {
  const latest = new Map(slices.map((one) => [one.session, one.values]));
  const count = slices[0]?.levels.length ?? 0;
  return [{ session: 0, values: Array.from({ length: count }, () => 1) }, ...[...latest].sort(([a], [b]) => a - b).map(([session, values]) => ({ session, values }))];
}

export function SimulationSoFar({ run }: ResultProps) {
  const fan = useMemo(() => fanSoFar(run.fan), [run.fan]);
  const levels = run.fan[0]?.levels ?? [];
  const draw: Draw = useCallback((look) => fanOption(fan, levels, null, look), [fan]);
  return (
    <Panel title="Where it may be, by the paths so far">
      <Chart draw={draw} stops={fanStops(fan, levels)} says={fanSays(fan, levels)} name="simulation" height={380} />
      <p class="which">{fanSays(fan, levels)}</p>
    </Panel>
  );
}

export function SimulationView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["PortfolioSimulation"];
  const [capital, setCapital] = useCapital();
  const [log, setLog] = useState(false);
  const draw: Draw = useCallback((look) => fanOption(result.fan, result.levels, result.goal, look, { log, paths: result.some_paths ?? [] }), [result, log]);
  const over = horizon(result.horizon);
  const sheet = {
    columns: ["Session", ...result.levels.map((level) => `${percent(level, 0)} end below`)],
    rows: result.fan.map((one) => [one.session, ...one.values.map((value) => value - 1)]),
  };
  const level = percent(result.level, 0);
  const rows: [string, Estimate, boolean][] = [
    [`Loss not exceeded with a probability of ${level} (value at risk)`, result.value_at_risk, true],
    ["Mean loss beyond it (expected shortfall)", result.expected_shortfall, true],
    ["Probability of ending below the beginning", result.probability_of_loss, false],
    [`Probability of reaching ${percent(result.goal - 1, 0)} more`, result.probability_of_goal, false],
    ...result.probability_of_drawdown.map((one): [string, Estimate, boolean] => [`Probability of a fall of ${percent(Math.abs(one.depth), 0)} on the way`, one.probability, false]),
  ];
  return (
    <>
      <section class="kpis" aria-label={`After ${over}`}>
        <Kpi title={MEANS.mean} word={`Mean after ${over}`} value={percent((result.mean.value ?? NaN) - 1)} note={`± ${percent(result.mean.error, 2)} by chance`} />
        <Kpi title={MEANS.loss} word="Probability of a loss" value={percent(result.probability_of_loss.value)} note={`± ${percent(result.probability_of_loss.error, 2)}`} />
        <Kpi title={MEANS.valueAtRisk} word={`${over} VaR ${level}`} value={percent(result.value_at_risk.value)} note={`a loss of ${money((result.value_at_risk.value ?? NaN) * capital)}`} />
        <Kpi title={MEANS.shortfall} word={`${over} CVaR ${level}`} value={percent(result.expected_shortfall.value)} note={`a loss of ${money((result.expected_shortfall.value ?? NaN) * capital)}`} />
      </section>
      <div class="two">
        <Panel title={TITLES.fan} picture asked={asked} sheet={sheet} format={(x, c) => (c === 0 ? String(x) : percent(x, 2))}
          tools={<button type="button" aria-pressed={log} onClick={() => setLog(!log)}>Log scale</button>}
          note={`${count(result.paths)} paths by ${phrase(result.model)}; the bands hold ${bands(result.levels)} of them${result.some_paths?.length ? `, ${result.some_paths.length} are drawn thin` : ""}.`}>
          <Chart draw={draw} stops={fanStops(result.fan, result.levels)} says={fanSays(result.fan, result.levels)} name="simulation" height={380} />
          <p class="which">{fanSays(result.fan, result.levels)}</p>
        </Panel>
        <Panel title="How likely" asked={asked} tools={<CapitalField capital={capital} onChange={setCapital} />}
          sheet={{ columns: ["What", "Value", "Monte Carlo error"], rows: rows.map(([word, one]) => [word, one.value, one.error]) }} format={(x) => percent(x, 2)}
          note="± is the Monte Carlo error: by how much another seed may change the number.">
          <table class="plain"><tbody>
            {rows.map(([word, one, loss]) => <tr key={word}><th scope="row">{word}</th><td class="num">{estimated(one)}</td><td class="num muted">{loss ? money((one.value ?? NaN) * capital) : ""}</td></tr>)}
          </tbody></table>
        </Panel>
      </div>
      <div class="two even">
        {result.ends && <Ends result={result} ends={result.ends} asked={asked} />}
        {result.drawdowns && <Falls result={result} falls={result.drawdowns} asked={asked} />}
      </div>
      <PathLosses losses={result.losses ?? []} asked={asked} />
    </>
  );
}

type Simulated = Schemas["PortfolioSimulation"];
type Distribution = Schemas["Distribution"];
type OfResult = { result: Simulated; asked: ResultProps["asked"] };

const spreadSheet = (spread: Spread) => ({ columns: ["From", "To", "Share of the paths"], rows: spread.shares.map((share, n) => [spread.edges[n]!, spread.edges[n + 1]!, share]) });

/** Where the paths end, with what is lost one time in twenty, and on average beyond that. */
function Ends({ result, ends, asked }: OfResult & { ends: Distribution }) {
  const spread = spreadOf(ends, 1);
  const paid = result.paid_in - 1;
  const level = percent(result.level, 0);
  const marks: Mark[] = [{ at: paid - result.value_at_risk.value, text: `VaR ${level}` }, { at: paid - result.expected_shortfall.value, text: `CVaR ${level}` }, { at: result.goal - 1, text: "goal" }];
  const draw: Draw = useCallback((look) => spreadOption(spread, marks, `After ${horizon(result.horizon)}`, look), [result]);
  const says = `${percent(result.probability_of_loss.value)} of the paths end below what was paid in, ${percent(result.probability_of_goal.value)} at the goal or above, after ${horizon(result.horizon)}.`;
  return (
    <Panel title={TITLES.ends} name="ends" picture asked={asked} sheet={spreadSheet(spread)} format={(x) => percent(x, 2)} note="Share of the paths in each bin; what lies beyond the picture counts in its outermost bins.">
      <p class="which">{says}</p>
      <Chart draw={draw} stops={spreadStops(spread)} says={says} name="ends" height={280} />
    </Panel>
  );
}

/** How far each path falls from its highest value on the way. */
function Falls({ result, falls, asked }: OfResult & { falls: Distribution }) {
  const spread = spreadOf(falls);
  const middle = result.drawdown_values?.[Math.floor(result.levels.length / 2)];
  const marks: Mark[] = typeof middle === "number" ? [{ at: middle, text: "half fall deeper" }] : [];
  const draw: Draw = useCallback((look) => spreadOption(spread, marks, "Deepest fall on the way", look), [result]);
  const deep = result.drawdown_values?.[0];
  const says = `Half of the paths fall by ${percent(Math.abs(middle ?? NaN))} or more from their highest value on the way, ${percent(result.levels[0], 0)} by ${percent(Math.abs(deep ?? NaN))} or more.`;
  return (
    <Panel title={TITLES.falls_on_the_way} name="falls-on-the-way" picture asked={asked} sheet={spreadSheet(spread)} format={(x) => percent(x, 2)} note="From the highest value so far to the lowest after it, within the horizon, at closes.">
      <p class="which">{says}</p>
      <Chart draw={draw} stops={spreadStops(spread)} says={says} name="falls-on-the-way" height={280} />
    </Panel>
  );
}

function bands(levels: readonly number[]): string {
  const pairs = Array.from({ length: Math.floor(levels.length / 2) }, (_, n) => percent(levels[levels.length - 1 - n]! - levels[n]!, 0));
  return pairs.join(" and ");
}
