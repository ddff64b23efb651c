/** The health of models: what is to be done, what the forecasts promise, and how it was kept over time. */
import { useCallback } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { type Kept, keptOption, keptSays, keptStops } from "../charts/health";
import { chance, count, listed, type Maybe, percent, ratio, words } from "../format";
import { Bars } from "../panels/bars";
import { Interval, rangeOf } from "../panels/interval";
import { type Judgement, Judged, tally, type Tone } from "../panels/judged";
import { Kpi } from "../panels/kpi";
import { LatencyPanel } from "../panels/latency";
import { Panel } from "../panels/panel";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

type Health = Schemas["ModelHealth"];
type Promised = Schemas["ForecastPromise"];
type Action = Health["action"];

const TO_DO: Record<Action, string> = {
  none: "Nothing", retrain: "Train anew", fetch: "Fetch prices", shrink: "Halve positions", fall_back: "Hold without forecasts", stop: "Sell everything",
};
const DOES: Record<Action, string> = {
  none: "It is shown only.",
  retrain: "The models should be trained anew: follow the strategy again.",
  fetch: "Fetch prices first.",
  shrink: "Halve every position; the rest is cash.",
  fall_back: "Hold what needs no forecasts of returns, at half its size.",
  stop: "Sell everything.",
};
const MARKS: Record<Promised["state"], readonly [string, Tone]> = {
  kept: ["kept", "ok"], doubtful: ["doubtful", "warn"], broken: ["not kept", "bad"], not_watched: ["not watched", "info"],
};
const NEAR = 0.1; // around what is promised: a share that is off by less is not drawn as if it were far
const MANY = 1000; // years: more are not counted

export function MonitorView({ run, asked }: ResultProps) {
  const result = run.result as Health;
  const rows = result.promises.map(judged);
  const alarms = result.promises.reduce((sum, one) => sum + (one.alarms ?? []).length, 0);
  const sheet = {
    columns: ["Promise", "State", "Promised", `Last ${result.recent}`, "All"],
    rows: result.promises.map((one) => [one.promised, words(one.state), one.promised_value, one.recent, one.value] as (string | number | null)[]),
  };
  return (
    <>
      <section class="kpis" aria-label="Health in short">
        <Kpi word="To do" value={TO_DO[result.action]} note={result.findings.length ? `for ${result.findings.length} finding${result.findings.length === 1 ? "" : "s"}` : "nothing was found"} />
        <Kpi word="Promises kept" value={`${result.promises.filter((one) => one.state === "kept").length} of ${result.promises.filter((one) => one.state !== "not_watched").length}`} note={`watched on ${count(result.watched)} sessions`} />
        <Kpi word="Alarms so far" value={count(alarms)} note={`in ${ratio(result.about.years, 0)} years; luck alone has one in 100`} />
        <Kpi word="Below its high" value={percent(result.drawdown)} note={`models ${result.model_age ? `${count(result.model_age)} sessions` : "not a session"} old`} />
      </section>
      {result.findings.length > 0 && <Findings findings={result.findings} asked={asked} />}
      <Panel title="What the forecasts promise" name="promises" asked={asked} sheet={sheet} format={(x) => ratio(x, 4)}
        note="Dot: lately. Thick line: promised. Dotted line: over the whole record. Watched every session with a test that may be looked at as often as one likes: a healthy model raises one alarm in 100 years. Only a promise that is not kept changes what is held.">
        <p class="which">{tally(rows, Object.values(MARKS).map(([word]) => word))}.</p>
        <Judged rows={rows} label="Promises" />
      </Panel>
      <OverTime result={result} asked={asked} />
      <Drift result={result} asked={asked} />
      <LatencyPanel />
    </>
  );
}

function Findings({ findings, asked }: { findings: Health["findings"]; asked: ResultProps["asked"] }) {
  return (
    <Panel title="What was found" name="findings" asked={asked}>
      <ul class="findings">
        {findings.map((one) => <li key={one.code}><b>{words(one.sentence)}.</b>{one.since && ` Since ${one.since}.`} {DOES[one.action]}</li>)}
      </ul>
    </Panel>
  );
}

/** QLIKE losses are decimals, all else are shares. */
const writerOf = (code: string) => (x: Maybe): string => (code === "volatility" ? ratio(x, 3) : percent(x));

function judged(one: Promised): Judgement {
  const [mark, tone] = MARKS[one.state];
  const write = writerOf(one.code);
  const near = one.code === "volatility" ? 0 : NEAR;
  return {
    name: one.code, tone, mark, about: words(one.promised), why: whyOf(one),
    picture: <Interval low={null} high={null} value={one.recent} range={rangeOf([one.recent, one.value, one.promised_value - near, one.promised_value + near])} marks={[{ at: one.promised_value, kind: "asked", title: `promised: ${write(one.promised_value)}` }, { at: one.value, kind: "naive", title: `all: ${write(one.value)}` }]} />,
    numbers: [["promised", write(one.promised_value)], ["lately", write(one.recent)], ["all", write(one.value)]],
  };
}

function whyOf({ state, evidence, since }: Promised): string {
  if (typeof evidence !== "number") return "Too few outcomes are known yet.";
  const years = evidence >= MANY ? "more than 1,000 years" : `${ratio(evidence, 1)} years`;
  return state === "broken"
    ? `Broken since ${since ?? "n/a"}; so much evidence that it is kept again comes by luck once in ${years}.`
    : `So much evidence against it comes by luck once in ${years}; an alarm needs 100.`;
}

const SERIES: readonly { of: "right" | "inside" | "volatility_loss"; code: string; title: string; height: number }[] = [
  { of: "right", code: "direction", title: "Signs that were right", height: 150 },
  { of: "inside", code: "interval_narrow", title: "Returns inside their intervals", height: 150 },
  { of: "volatility_loss", code: "volatility", title: "Loss of the volatility less the reference’s", height: 150 },
];

function OverTime({ result, asked }: { result: Health; asked: ResultProps["asked"] }) {
  if (result.rolling.length < 2) return null;
  const sheet = {
    columns: ["Month’s end", ...SERIES.map((one) => one.title)],
    rows: result.rolling.map((one) => [one.session, one.right, one.inside, one.volatility_loss] as (string | number | null)[]),
  };
  const shaded = listed(result.promises.filter((one) => (one.alarms ?? []).length > 0).map((one) => one.promised));
  return (
    <Panel title="Kept over time" name="health" picture asked={asked} sheet={sheet} format={(x) => ratio(x, 4)}
      note={`Each over the ${count(result.recent)} sessions before. Dashed: promised. ${shaded ? `Shaded: an alarm (${shaded}).` : "No alarm was ever raised; one would be shaded."} A line below its promise for a while is usual: the test tells whether it is luck.`}>
      {SERIES.map((one) => <Line key={one.of} series={one} result={result} />)}
    </Panel>
  );
}

function Line({ series, result }: { series: (typeof SERIES)[number]; result: Health }) {
  const promise = result.promises.find((one) => one.code === series.code);
  const write = series.code === "volatility" ? (x: number) => ratio(x, 2) : (x: number) => percent(x, 0);
  const kept: Kept = {
    dates: result.rolling.map((one) => one.session), values: result.rolling.map((one) => one[series.of] ?? null),
    promised: promise?.promised_value ?? 0, alarms: promise?.alarms ?? [], format: write,
  };
  const draw: Draw = useCallback((look) => keptOption(kept, look), [result]);
  return (
    <>
      <h3>{series.title}</h3>
      {kept.values.some((one) => one !== null)
        ? <Chart draw={draw} stops={keptStops(kept)} says={keptSays(kept, series.title)} name={`health-${series.of}`} height={series.height} />
        : <p class="nothing">Nothing is known of it in this run.</p>}
    </>
  );
}

const LISTED = 12; // features that are drawn; the table has all

/** How far the recent values of each feature are from those before, beside how far they usually are. */
function Drift({ result, asked }: { result: Health; asked: ResultProps["asked"] }) {
  const { drift } = result;
  const drifted = drift.filter((one) => one.drifted).length;
  const sheet = { columns: ["Feature", "Index", "Usual at most", "p", "Drifted"], rows: drift.map((one) => [one.feature, one.index, one.usual, one.p_value, one.drifted ? "yes" : "no"]) };
  if (drift.length === 0) return <Panel title={TITLES.drift} asked={asked}><p class="nothing">Nothing that is watched here is made of features, or its prices are too few to tell.</p></Panel>;
  return (
    <Panel title={TITLES.drift} name="drift" asked={asked} sheet={sheet} format={(x) => ratio(x, 3)}
      note={`Population stability index of the mean over the assets: the last ${count(result.recent)} sessions beside those before. Tick: what 95\u202f% of such windows stay below where nothing changes; p: how many of the windows before were at least as far. The least likely first. A feature has drifted where it is beyond chance twice in a row, all features together; that asks for another training and stops nothing.`}>
      <p class="which">{drifted === 0 ? `None of ${drift.length} features has drifted.` : `${drifted} of ${drift.length} features ${drifted === 1 ? "has" : "have"} drifted.`}</p>
      <Bars label="Feature" headings={["Index", "p"]} bars={drift.slice(0, LISTED).map((one) => ({ name: `${words(one.feature)}${one.drifted ? ", drifted" : ""}`, value: one.index, tick: one.usual, neutral: true, texts: [ratio(one.index), chance(one.p_value)] }))} />
      {drift.length > LISTED && <p class="foot">{drift.length - LISTED} more are in the table.</p>}
    </Panel>
  );
}
