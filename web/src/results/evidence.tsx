/** What a record shows: claims with their marks, luck among all that was tried, other histories. */
import { useCallback } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { type Kept, keptOption, keptSays, keptStops } from "../charts/health";
import { chance, count, horizon, percent, ratio, words } from "../format";
import { Bars } from "../panels/bars";
import { Interval, rangeOf } from "../panels/interval";
import { type Judgement, Judged, tally, type Tone } from "../panels/judged";
import { Kpi } from "../panels/kpi";
import { Panel } from "../panels/panel";
import { stop, Walk } from "../panels/walk";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

type Claim = Schemas["Claim"];

const MARKS: Record<Claim["mark"], readonly [string, Tone]> = {
  shown: ["shown", "ok"], not_shown: ["not shown", "info"], underpowered: ["underpowered", "warn"],
};

const PLAIN = "Sharpe ratio"; // what most claims are of: it is not repeated

export function EvidenceView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["StrategyEvidence"];
  const { trials, overfitting } = result;
  return (
    <>
      <section class="kpis" aria-label="Luck">
        <Kpi word="Sharpe ratio" value={`${ratio(result.sharpe)} \u00b1 ${ratio(result.sharpe_error)}`} note="a year; ± is its standard error" />
        <Kpi word="By luck alone" value={ratio(trials.hurdle)} note={`the best of ${trials.counted === 1 ? "one trial" : `at least ${trials.counted} trials`} without skill`} />
        <Kpi word="Beyond luck" value={percent(trials.probability)} note="the probability of it (deflated Sharpe ratio)" />
        <Kpi word="Overfitting" value={percent(overfitting?.probability, 0)} note={overfitting ? `trials without skill: ${percent(overfitting.low_by_luck, 0)} to ${percent(overfitting.high_by_luck, 0)}` : "too few trials to say"} />
      </section>
      <Claims claims={result.claims} asked={asked} />
      <div class={result.hindsight ? "two even" : "stack"}>
        {result.hindsight && <Hindsight facts={result.hindsight} sharpe={result.sharpe} asked={asked} />}
        <Histories bands={result.bands} asked={asked} />
      </div>
      {result.coverage && <Coverage coverage={result.coverage} asked={asked} />}
    </>
  );
}

export function Claims({ claims, asked }: { claims: readonly Claim[]; asked: ResultProps["asked"] }) {
  const scaleOf = (measure: string) => rangeOf([0, ...claims.filter((one) => one.measure === measure).flatMap((one) => [one.low, one.high])]);
  const rows = claims.map((one) => judged(one, scaleOf(one.measure)));
  const sheet = {
    columns: ["Claim", "Mark", "Measure", "Value", "Low", "High", "p", "Years", "Years needed"],
    rows: claims.map((one) => [one.sentence, one.mark, one.measure, one.value, one.low, one.high, one.p_value, one.years, one.years_needed] as (string | number | null)[]),
  };
  return (
    <Panel title="What the record shows" name="claims" asked={asked} sheet={sheet} format={(x) => ratio(x, 3)}
      note={"Of Sharpe ratios a year, where nothing else is named, each measure on a scale of its own; the bar is the interval, the line is no difference. Underpowered: a difference of this size would need a longer record to be shown."}>
      <p class="which">{tally(rows, Object.values(MARKS).map(([word]) => word))}.</p>
      <Judged rows={rows} label="Claims" />
    </Panel>
  );
}

function judged(one: Claim, range: ReturnType<typeof rangeOf>): Judgement {
  const [mark, tone] = MARKS[one.mark];
  const places = one.measure === PLAIN ? 2 : 3;
  const needed = one.mark === "underpowered" && typeof one.years_needed === "number";
  return {
    name: one.code, tone, mark, about: words(one.sentence) + (one.measure === PLAIN ? "" : ` (${one.measure})`),
    ...(needed ? { why: `${one.years_needed! < 1000 ? `About ${count(one.years_needed)}` : "More than 1,000"} years would show it; ${ratio(one.years, 1)} were measured.` } : {}),
    picture: <Interval low={one.low} high={one.high} value={one.value} range={range} marks={[{ at: 0, kind: "zero" }]} />,
    numbers: [["measured", ratio(one.value, places)], ["interval", typeof one.low === "number" ? `${ratio(one.low, places)} to ${ratio(one.high, places)}` : "n/a"], ["p", chance(one.p_value)]],
  };
}

/** What the choice of assets that are still there today can explain of the score. */
function Hindsight({ facts, sharpe, asked }: { facts: Schemas["HindsightFacts"]; sharpe: number; asked: ResultProps["asked"] }) {
  const rest = sharpe - facts.sharpe;
  const sheet = { columns: ["Part of the Sharpe ratio", "Value"], rows: [["explained by hindsight", facts.sharpe], ["not explained by it", rest], ["measured", sharpe]] as (string | number | null)[][] };
  return (
    <Panel title="What hindsight explains" name="hindsight" asked={asked} sheet={sheet} format={(x) => ratio(x, 3)}
      note={`Every asset here is known to have survived; others like them did not. Assumed: ${percent(facts.failures)} of such assets fail a year and lose ${percent(facts.failure_loss, 0)}. If ${percent(facts.failures_for_all)} failed a year, that alone would explain everything beyond cash.`}>
      <Bars label="Sharpe ratio" headings={["a year"]} bars={[
        { name: "Measured", value: sharpe, neutral: true, texts: [ratio(sharpe)] },
        { name: "Hindsight explains", value: facts.sharpe, neutral: true, texts: [ratio(facts.sharpe)] },
        { name: "The rest", value: rest, neutral: true, texts: [ratio(rest)] },
      ]} />
      <p class="foot">That is {percent(facts.annual_return, 2)} of the return a year.{typeof facts.universe_over_index === "number" && ` Without any skill the same assets have a Sharpe ratio ${ratio(Math.abs(facts.universe_over_index))} ${facts.universe_over_index < 0 ? "below" : "above"} the index’s.`}</p>
    </Panel>
  );
}

const BANDS: Record<Schemas["Band"]["measure"], string> = { annual_return: "Return a year", max_drawdown: "Maximum drawdown" };

/** The record beside histories that are drawn from it: what could as well have happened. */
function Histories({ bands, asked }: { bands: readonly Schemas["Band"][]; asked: ResultProps["asked"] }) {
  if (bands.length === 0) return null;
  const sheet = { columns: ["Measure", "Seen", "Low", "Middle", "High"], rows: bands.map((one) => [BANDS[one.measure], one.seen, one.low, one.middle, one.high]) };
  return (
    <Panel title="In other histories like it" name="other-histories" asked={asked} sheet={sheet} format={(x) => percent(x, 2)}
      note={"Bar: 90\u202f% of the histories that are drawn from this one. Dotted line: the middle of them. Dot: what was seen."}>
      <Walk label="Other histories"><ul class="judged plain">
        {bands.map((one) => (
          <li key={one.measure} {...stop(`${BANDS[one.measure]}: ${percent(one.seen)} seen, ${percent(one.low)} to ${percent(one.high)} could have been`)}>
            <div class="about"><b>{BANDS[one.measure]}</b></div>
            <div class="picture"><Interval low={one.low} high={one.high} value={one.seen} range={rangeOf([0, one.low, one.high, one.seen])} marks={[{ at: 0, kind: "zero" }, { at: one.middle, kind: "naive" }]} /></div>
            <dl><div><dt>seen</dt><dd>{percent(one.seen)}</dd></div><div><dt>could have been</dt><dd>{percent(one.low)} to {percent(one.high)}</dd></div></dl>
          </li>
        ))}
      </ul></Walk>
    </Panel>
  );
}

/** The share that the intervals held in the year before each month's end, beside the one that was promised. */
function Coverage({ coverage, asked }: { coverage: Schemas["CoverageRecord"]; asked: ResultProps["asked"] }) {
  const { sessions: dates, values, level, low, high, span } = coverage;
  const kept: Kept = { dates, values, promised: level, alarms: [], usual: [low, high], format: (x) => percent(x, 0) };
  const draw: Draw = useCallback((look) => keptOption(kept, look), [coverage]);
  const outside = values.filter((one) => typeof one === "number" && (one < low || one > high)).length;
  const sheet = { columns: ["Month\u2019s end", "Inside, of the year before"], rows: dates.map((day, n) => [day, values[n] ?? null]) as (string | number | null)[][] };
  return (
    <Panel title={TITLES.coverage} name="coverage" picture={dates.length > 1} asked={asked} sheet={sheet} format={(x) => percent(x)}
      note={`Share of the returns over ${horizon(coverage.horizon)} that were inside their intervals, of the ${count(span)} sessions before each month\u2019s end. Dashed: promised. Shaded: where nine of ten such years lie by luck alone; ${outside} of ${dates.length} look back on a year outside it, and months that follow each other share most of theirs.`}>
      <p class="which">{percent(coverage.value)} ± {percent(coverage.error)} of all outcomes were inside intervals that were to hold {percent(level, 0)}.</p>
      {dates.length > 1
        ? <Chart draw={draw} stops={keptStops(kept)} says={keptSays(kept, TITLES.coverage)} name="coverage" height={240} />
        : <p class="nothing">Its forecasts are known for {count(span)} sessions: a longer record shows how this changes.</p>}
    </Panel>
  );
}
