/** How risky a portfolio is: what a session may take, where the risk comes from, what moves together. */
import { useState } from "preact/hooks";
import type { Schemas } from "../api";
import { type Maybe, money, percent, ratio, words } from "../format";
import { Bars } from "../panels/bars";
import { CapitalField, useCapital } from "../panels/capital";
import { Interval, rangeOf } from "../panels/interval";
import { Kpi } from "../panels/kpi";
import { shade } from "../panels/months";
import { MEANS } from "../panels/meanings";
import { Panel } from "../panels/panel";
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
        <Kpi title={MEANS.fall} word="Greatest fall" value={percent(named["max_drawdown"]?.value)} note={`Sharpe ${ratio(named["sharpe"]?.value)}, ${between(named["sharpe"], ratio)}`} />
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

const KINDS = { assets: "assets", sectors: "sectors", factors: "factors", principal: "principal components" } as const;
type Kind = keyof typeof KINDS;
const LISTED = 14;

/** Where the volatility comes from; a share beyond the weight is a place that adds more risk than money. */
function Sources({ attribution, asked }: { attribution: Attribution; asked: ResultProps["asked"] }) {
  const kinds = (Object.keys(KINDS) as Kind[]).filter((one) => attribution[one].length > 0);
  const [kind, setKind] = useState<Kind>("assets");
  const weighed = kind === "assets" || kind === "sectors";
  const parts = [...attribution[kind]].sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
  const shown = parts.slice(0, LISTED);
  const sheet = { columns: ["Part", weighed ? "Weight" : "Exposure", "Share of the risk", "Volatility added a year"], rows: parts.map((one) => [one.name, one.exposure, one.share, one.component]) };
  const whole = kind === "factors" ? attribution.factors_annual_volatility : attribution.annual_volatility;
  return (
    <Panel title={TITLES.risk} name="risk-sources" asked={asked} sheet={sheet} format={(x) => percent(x, 2)}
      tools={<label class="inline">By <select value={kind} onChange={(e) => setKind(e.currentTarget.value as Kind)}>{kinds.map((one) => <option key={one} value={one}>{KINDS[one]}</option>)}</select></label>}
      note={`Of a volatility of ${percent(whole)} a year.${weighed ? " Bar: share of the risk. Tick: share of the money; a bar beyond it adds more risk than its weight." : ""} A negative share is a hedge.`}>
      <Bars label="Part" headings={["Of the risk", weighed ? "Weight" : "Exposure"]}
        bars={shown.map((one) => ({ name: words(one.name), value: one.share ?? 0, neutral: true, ...(weighed ? { tick: one.exposure } : {}), texts: [percent(one.share), weighed ? percent(one.exposure) : ratio(one.exposure)] }))} />
      {parts.length > shown.length && <p class="foot">{parts.length - shown.length} more are in the table.</p>}
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

/** Which holdings move together: the number in each cell, stronger the more. */
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
      <Walk label="Correlations" class="wide-table" down={names.length}>
        <table class="months">
          <thead><tr><th scope="col"><span class="unseen">Asset</span></th>{names.map((one) => <th key={one} scope="col">{one}</th>)}</tr></thead>
          <tbody>{names.map((a) => (
            <tr key={a}><th scope="row">{a}</th>{names.map((b) => <td key={b} {...stop(a === b ? `${a} with itself` : `${a} with ${b}: ${ratio(matrix[a]![b]!)}`)} style={a === b ? {} : { background: shade(matrix[a]![b]!, 1) }}>{a === b ? "" : ratio(matrix[a]![b]!)}</td>)}</tr>
          ))}</tbody>
        </table>
      </Walk>
    </Panel>
  );
}
