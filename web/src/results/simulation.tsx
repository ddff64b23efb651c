/** Where a portfolio may be: the fan, how likely a loss and the goal are, each with its Monte Carlo error. */
import { useCallback } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { fanOption, fanSays, fanStops } from "../charts/lines";
import { count, horizon, money, percent, phrase } from "../format";
import { CapitalField, useCapital } from "../panels/capital";
import { Kpi } from "../panels/kpi";
import { Panel } from "../panels/panel";
import type { ResultProps } from ".";

type Estimate = Schemas["MonteCarloEstimate"];

/** "14.6 % ± 0.4": the number, and by how much another seed may change it. */
export function estimated(one: Estimate, digits = 1): string {
  const error = one.error === null ? "" : ` \u00b1 ${((one.error ?? 0) * 100).toFixed(digits)}`;
  return `${percent(one.value, digits)}${error}`;
}

export function SimulationView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["PortfolioSimulation"];
  const [capital, setCapital] = useCapital();
  const draw: Draw = useCallback((look) => fanOption(result.fan, result.levels, result.goal, look), [result]);
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
        <Kpi word={`Mean after ${over}`} value={percent((result.mean.value ?? NaN) - 1)} note={`± ${percent(result.mean.error, 2)} by chance`} />
        <Kpi word="Probability of a loss" value={percent(result.probability_of_loss.value)} note={`± ${percent(result.probability_of_loss.error, 2)}`} />
        <Kpi word={`${over} VaR ${level}`} value={percent(result.value_at_risk.value)} note={`a loss of ${money((result.value_at_risk.value ?? NaN) * capital)}`} />
        <Kpi word={`${over} CVaR ${level}`} value={percent(result.expected_shortfall.value)} note={`a loss of ${money((result.expected_shortfall.value ?? NaN) * capital)}`} />
      </section>
      <div class="two">
        <Panel title="Where it may be" picture asked={asked} sheet={sheet} format={(x, c) => (c === 0 ? String(x) : percent(x, 2))}
          note={`${count(result.paths)} paths by ${phrase(result.model)}; the bands hold ${bands(result.levels)} of them.`}>
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
    </>
  );
}

function bands(levels: readonly number[]): string {
  const pairs = Array.from({ length: Math.floor(levels.length / 2) }, (_, n) => percent(levels[levels.length - 1 - n]! - levels[n]!, 0));
  return pairs.join(" and ");
}
