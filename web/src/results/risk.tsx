/** How risky a portfolio is: what a session may take, where the risk comes from, what moves together. */
import { useState } from "preact/hooks";
import type { Schemas } from "../api";
import { type Maybe, money, percent, ratio, words } from "../format";
import { PartBars } from "../panels/bars";
import { CapitalField, useCapital } from "../panels/capital";
import { CorrelationMap } from "../panels/correlations";
import { Interval, rangeOf } from "../panels/interval";
import { Kpi } from "../panels/kpi";
import { MEANS } from "../panels/meanings";
import { Panel } from "../panels/panel";
import { isWeighed, RISK_BY, riskBars, type RiskBy, riskBy, riskParts, riskSays } from "../panels/parts";
import { ExpectedVolatilityPanel } from "../panels/volatility";
import { stop, Walk } from "../panels/walk";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

type Risk = Schemas["PortfolioRisk"];
type Attribution = Schemas["Attribution"];
type Measured = Schemas["Measured"];

const between = (one: Measured | undefined, write: (x: Maybe) => string): string =>
  one && typeof one.low === "number" ? `${write(one.low)} to ${write(one.high)}` : "";

export function RiskView({ run, asked }: ResultProps) {
  const result = run.result as Risk;
  const [capital, setCapital] = useCapital();
  const named = result.measures as Record<string, Measured>;
  const lost = named["value_at_risk_historical"];
  const beyond = named["expected_shortfall_historical"];
  const once = Math.round(1 / (1 - result.level));
  return (
    <>
      <section class="kpis" aria-label="In short">
        <Kpi word={`One session in ${once}`} value={percent(lost?.value)} note={`a loss of ${money((lost?.value ?? NaN) * capital)} or more`} />
        <Kpi word="On average then" value={percent(beyond?.value)} note={`a loss of ${money((beyond?.value ?? NaN) * capital)}`} />
        <Kpi title={MEANS.volatility} word="Volatility a year" value={percent(named["annual_volatility"]?.value)} note={between(named["annual_volatility"], percent)} />
        <Kpi title={MEANS.fall} word="Maximum drawdown" value={percent(named["max_drawdown"]?.value)} note={`Sharpe ${ratio(named["sharpe"]?.value)}, ${between(named["sharpe"], ratio)}`} />
      </section>
      <div class="two even">
        {result.attribution && <Sources attribution={result.attribution} asked={asked} />}
        <Sessions result={result} asked={asked} capital={<CapitalField capital={capital} onChange={setCapital} />} money={capital} />
      </div>
      {result.expected_volatility && <ExpectedVolatilityPanel one={result.expected_volatility} past={named["annual_volatility"]?.value} asked={asked} />}
      {result.attribution && <Together attribution={result.attribution} asked={asked} />}
    </>
  );
}

/** Where the volatility comes from; a share beyond the weight is a place that adds more risk than money. */
function Sources({ attribution, asked }: { attribution: Attribution; asked: ResultProps["asked"] }) {
  const [by, setBy] = useState<RiskBy>("assets");
  const sheet = { columns: ["Part", isWeighed(by) ? "Weight" : "Exposure", "Share of the risk", "Volatility added a year"], rows: riskParts(attribution, by).map((one) => [one.name, one.exposure, one.share, one.component]) };
  return (
    <Panel title={TITLES.risk} name="risk-sources" asked={asked} sheet={sheet} format={(x) => percent(x, 2)} note={riskSays(attribution, by)}
      tools={<label class="inline">By <select value={by} onChange={(e) => setBy(e.currentTarget.value as RiskBy)}>{riskBy(attribution).map((one) => <option key={one} value={one}>{RISK_BY[one]}</option>)}</select></label>}>
      <PartBars drawn={riskBars(attribution, by)} />
    </Panel>
  );
}

/** What one session may take, by each model, and whether that came true. */
function Sessions({ result, asked, capital, money: of }: { result: Risk; asked: ResultProps["asked"]; capital: preact.ComponentChildren; money: number }) {
  const named = result.measures as Record<string, Measured>;
  const prefix = "value_at_risk_";
  const models = Object.keys(named).filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  const rows = models.map((model) => ({ model, loss: named[prefix + model]!, beyond: named[`expected_shortfall_${model}`], test: result.value_at_risk_tests.find((one) => one.model === model) }));
  const range = rangeOf(rows.flatMap((one) => [one.loss.value, one.loss.low, one.loss.high]));
  const sheet = { columns: ["Model", "Value at risk", "Low", "High", "Expected shortfall", "Larger losses", "Expected"], rows: rows.map((one) => [one.model, one.loss.value, one.loss.low, one.loss.high, one.beyond?.value ?? null, one.test?.breaches ?? null, one.test?.expected ?? null]) };
  return (
    <Panel title="What one session may take" name="one-session" asked={asked} tools={capital} sheet={sheet} format={(x, c) => (c > 4 ? ratio(x, 1) : percent(x, 3))}
      note={`1-day value at risk ${percent(result.level, 0)}: the loss that is not exceeded with that probability, by model, with its interval.`}>
      <Walk label="Models of the loss of a session"><ul class="judged plain">
        {rows.map((one) => (
          <li key={one.model} {...stop(`${words(one.model)}: a loss of ${percent(one.loss.value, 2)}, ${percent(one.loss.low, 2)} to ${percent(one.loss.high, 2)}; beyond it ${percent(one.beyond?.value, 2)} on average`)}>
            <div class="about"><b>{words(one.model)}</b>{one.test && <span class="muted small">{words(one.test.verdict)}.</span>}</div>
            <div class="picture"><Interval low={one.loss.low} high={one.loss.high} value={one.loss.value} range={range} /></div>
            <dl><div><dt>loss</dt><dd>{percent(one.loss.value, 2)}</dd></div><div><dt>in money</dt><dd>{money((one.loss.value ?? NaN) * of)}</dd></div><div><dt>beyond it</dt><dd>{percent(one.beyond?.value, 2)}</dd></div></dl>
          </li>
        ))}
      </ul></Walk>
    </Panel>
  );
}

/** Which holdings move together. */
function Together({ attribution, asked }: { attribution: Attribution; asked: ResultProps["asked"] }) {
  const matrix = (attribution.correlations ?? {}) as Record<string, Record<string, number>>;
  const names = Object.keys(matrix);
  if (names.length < 2) return null;
  const pairs = names.flatMap((a, n) => names.slice(n + 1).map((b) => ({ a, b, value: matrix[a]![b]! })));
  const closest = pairs.reduce((most, one) => (one.value > most.value ? one : most));
  const mean = pairs.reduce((sum, one) => sum + one.value, 0) / pairs.length;
  const sheet = { columns: ["Asset", ...names], rows: names.map((a) => [a, ...names.map((b) => matrix[a]![b]!)]) };
  return (
    <Panel title={TITLES.correlations} name="correlations" asked={asked} sheet={sheet} format={(x) => ratio(x)} note={`Over ${attribution.sessions} sessions, from −1 to 1.`}>
      <p class="which">{closest.a} and {closest.b} move together most ({ratio(closest.value)}); the mean of all pairs is {ratio(mean)}.</p>
      <CorrelationMap matrix={matrix} />
    </Panel>
  );
}
