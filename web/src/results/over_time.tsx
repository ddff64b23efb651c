/** The record over time, in linked pictures: growth, falls, the last year at each month's end, what was held. */
import type { ComponentChildren } from "preact";
import { useCallback, useMemo, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { CASH, layersOf, layersOption, layersSay, layerStops, OTHER } from "../charts/layers";
import { falls, type Over, overTime, stopsOver } from "../charts/lines";
import type { Window } from "../charts/time";
import { percent, ratio, words } from "../format";
import { Panel } from "../panels/panel";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

type Result = Schemas["StrategyResult"];

const SPANS: readonly [number, string][] = [[0, "all years"], [10, "10 years"], [5, "5 years"], [1, "1 year"]];
const YEAR = 252; // sessions
const TIME = "record"; // pictures that show one part of the time

const dayBefore = (sessions: readonly string[], years: number): string => sessions[Math.max(0, sessions.length - 1 - years * YEAR)]!;

export function OverTheTime({ result, asked }: ResultOf) {
  const [years, setYears] = useState(0);
  const { sessions } = result.curves;
  const window: Window = { first: sessions[0]!, last: sessions.at(-1)!, ...(years ? { from: dayBefore(sessions, years) } : {}) };
  const span = (
    <label class="inline">Over <select value={years} onChange={(e) => setYears(Number(e.currentTarget.value))}>{SPANS.filter(([n]) => n * YEAR < sessions.length).map(([n, word]) => <option key={n} value={n}>{word}</option>)}</select></label>
  );
  return (
    <>
      <Growth result={result} asked={asked} window={window} span={span} />
      <Rolling result={result} asked={asked} window={window} />
      <HeldOverTime result={result} asked={asked} window={window} />
    </>
  );
}

interface ResultOf {
  result: Result;
  asked: ResultProps["asked"];
}

interface InWindow extends ResultOf {
  window: Window;
}

/** What 1 came to, and how far below its peak it was: the worst falls are shaded where they lasted. */
function Growth({ result, asked, window, span }: InWindow & { span: ComponentChildren }) {
  const [log, setLog] = useState(true);
  const { equity, sessions: dates, traded = [] } = result.curves;
  const lines = linesOf(result).map((one) => ({ name: one.name, values: one.equity as (number | null)[] }));
  const below = linesOf(result).slice(0, 2).map((one) => ({ name: one.name, values: falls(one.equity as (number | null)[]) }));
  const tested = { from: window.first, to: window.last, text: "out of sample" };
  const worst = (result.drawdowns ?? []).slice(0, WORST).map((one) => ({ from: one.peak, to: one.recovered ?? window.last }));
  const growing: Over = { dates, lines, log, format: times, onAxis: shortTimes, shaded: [tested], ticks: traded, window };
  const falling: Over = { dates, lines: below, format: (x) => percent(x), onAxis: (x) => percent(x, 0), area: true, shaded: worst, window: { ...window, slider: true } };
  const growth: Draw = useCallback((look) => overTime(growing, look), [result, log, window.from]);
  const under: Draw = useCallback((look) => overTime(falling, look), [result, window.from]);
  const last = (values: readonly (number | null)[]): string => `${ratio(values.at(-1), 1)} times`;
  const says = `Growth of 1 from ${window.first} to ${window.last}: ${lines.map((one) => `${one.name} ${last(one.values)}`).join(", ")}.`;
  const sheet = { columns: ["Session", ...equity.map((one) => one.name)], rows: dates.map((day, n) => [day, ...equity.map((one) => one.equity[n] ?? null)] as (string | number | null)[]) };
  return (
    <Panel title={TITLES.growth} name="growth" picture asked={asked} sheet={sheet} format={(x) => ratio(x, 3)}
      note={`Shaded above: out of sample, which is all of it, after costs. ${traded.length ? `Ticks at its foot: the ${traded.length} sessions on which it traded. ` : ""}Below, how far it was under its peak, the worst falls shaded from peak to recovery. Drag the ends of the strip, or turn the wheel with Ctrl, to look closer: the pictures below follow.`}
      tools={<>{span}<button type="button" aria-pressed={log} onClick={() => setLog(!log)}>Log scale</button></>}>
      <p class="legend lines">{lines.map((one, n) => <span key={one.name}><i class={`dash dash-${n + 1}`} />{words(one.name)}</span>)}</p>
      <Chart draw={growth} stops={stopsOver(growing)} says={says} name="growth" height={300} group={TIME} />
      <Chart draw={under} stops={stopsOver(falling)} says={`Falls from the peak; the greatest is ${percent(result.backtest[0]?.max_drawdown)}.`} name="falls" height={190} group={TIME} />
    </Panel>
  );
}

const WORST = 5; // falls that are shaded
const LINES = 4; // that are told apart
const FIRST = ["equal weight", "index"]; // what everybody looks for beside a strategy

/** The followed one, those that were asked beside it, equal weights and the index, then others as long as they are told apart. */
export function drawn<T extends { name: string }>(all: readonly T[], beside: readonly string[] = []): T[] {
  const [own, ...others] = all;
  const first = [...beside, ...FIRST];
  const place = (one: T): number => (first.includes(one.name) ? first.indexOf(one.name) : first.length);
  return own ? [own, ...[...others].sort((a, b) => place(a) - place(b))].slice(0, Math.max(LINES, 1 + beside.length)) : [];
}

/** Saved portfolios are asked for by name: each of them is a line, however many there are. */
export function savedBeside({ study }: Pick<Result, "study">): string[] {
  const baselines = (study["baselines"] ?? []) as { kind?: string; called?: string }[];
  return baselines.flatMap((one) => (one.kind === "fixed_weights" && one.called ? [one.called] : []));
}

const linesOf = (result: Result) => drawn(result.curves.equity, savedBeside(result));
const times = (x: number): string => `${ratio(x)}×`;
const shortTimes = (x: number): string => `${Number(x.toPrecision(2))}×`;

/** Sharpe ratio, volatility and beta of the year up to each month's end. */
function Rolling({ result, asked, window }: InWindow) {
  const { month_ends: dates, trailing_sharpe = [], trailing_volatility = [], trailing_beta = [] } = result.curves;
  const all = [
    { word: "Sharpe ratio", values: trailing_sharpe, format: (x: number) => ratio(x), onAxis: (x: number) => ratio(x, 1) },
    { word: "Volatility", values: trailing_volatility, format: (x: number) => percent(x), onAxis: (x: number) => percent(x, 0) },
    { word: "Beta to the index", values: trailing_beta, format: (x: number) => ratio(x), onAxis: (x: number) => ratio(x) },
  ].filter((one) => one.values.filter((value) => value !== null).length > 1);
  const sheet = { columns: ["Month's end", ...all.map((one) => one.word)], rows: dates.map((day, n) => [day, ...all.map((one) => one.values[n] ?? null)] as (string | number | null)[]) };
  if (all.length === 0) {
    return <Panel title={ROLLING} asked={asked}><p class="which">The record is shorter than a year and a month: no year can be looked back on.</p></Panel>;
  }
  return (
    <Panel title={ROLLING} name="rolling" picture asked={asked} sheet={sheet} format={(x, c) => (all[c - 1]?.word === "Volatility" ? percent(x, 2) : ratio(x))}
      note={`Each point is of the year before it, of ${words(result.strategy)}; a year's Sharpe ratio is uncertain by about one.`}>
      <div class="trio">{all.map((one) => <RollingLine key={one.word} {...one} dates={dates} window={window} of={words(result.strategy)} />)}</div>
    </Panel>
  );
}

const ROLLING = "The year up to each month's end";

interface Rolled {
  word: string;
  of: string;
  dates: readonly string[];
  values: readonly (number | null)[];
  format: (x: number) => string;
  onAxis: (x: number) => string;
  window: Window;
}

function RollingLine({ word, of, dates, values, format, onAxis, window }: Rolled) {
  const over: Over = { dates, lines: [{ name: word, values }], format, onAxis, window };
  const draw: Draw = useCallback((look) => overTime(over, look), [values, window.from]);
  const known = values.filter((one) => one !== null);
  const says = `${word} of ${of} over a year: between ${format(Math.min(...known))} and ${format(Math.max(...known))}, at the end ${format(known.at(-1)!)}.`;
  return (
    <div>
      <p class="which">{word}, now {format(known.at(-1)!)}</p>
      <Chart draw={draw} stops={stopsOver(over)} says={says} name={word.toLowerCase().replaceAll(" ", "-")} height={190} group={TIME} />
    </div>
  );
}

/** What was held at each month's end, stacked to the whole. */
function HeldOverTime({ result, asked, window }: InWindow) {
  const { month_ends: dates, weights } = result.curves;
  const layers = useMemo(() => layersOf(weights, result.weights), [result]);
  const draw: Draw = useCallback((look) => layersOption(dates, layers, window, look), [layers, window.from]);
  const sheet = { columns: ["Month's end", ...weights.map((one) => one.ticker)], rows: dates.map((day, n) => [day, ...weights.map((one) => one.weights[n] ?? 0)] as (string | number | null)[]) };
  return (
    <Panel title={TITLES.held} name="weights-over-time" picture asked={asked} sheet={sheet} format={(x) => percent(x)} note="At each month's end, in shares of the portfolio; what was sold short is not in the picture, but in the table.">
      <p class="legend lines">{layers.map((one, n) => <span key={one.name}><i class="swatch" style={{ background: layerCss(one.name, n) }} />{one.name}</span>)}</p>
      <Chart draw={draw} stops={layerStops(dates, layers)} says={layersSay(dates, layers)} name="weights-over-time" height={280} group={TIME} />
    </Panel>
  );
}

const layerCss = (name: string, n: number): string => (name === CASH ? "var(--cash)" : name === OTHER ? "var(--other)" : `var(--series-${n + 1})`);
