/** Which picture is drawn of which numbers of the report: by the option builders of the page. */
import type { VNode } from "preact";
import { useCallback, useMemo, useState } from "preact/hooks";
import { Chart, type Draw } from "../charts/chart";
import { frontierOption, type Picture as Plane, scaleOf, type Spot, spot } from "../charts/frontier";
import { layersOption, layerStops } from "../charts/layers";
import { type Over, overTime, stopsOver } from "../charts/lines";
import { colours, type Look } from "../charts/look";
import type { Window } from "../charts/time";
import { yearsOption, yearStops } from "../charts/years";
import { listed, percent, ratio } from "../format";
import type { Matrix } from "../panels/correlations";
import { Coverage, type CoverageReadings, type EndReadings, Ends, Fan, type FanReadings, Past } from "./ahead";
import { Holdings, type HoldingsReadings, Measured, type MeasuredReadings } from "./small";
import { Falls, Layers, type MonthReadings, Months, Returns, Risk, type RiskReadings, Stresses, type StressReadings, Together } from "./parts";
import type { Result } from "./read";

interface OverTime {
  picture: "growth" | "weights" | "belief" | "year";
  kind: "growth" | "share" | "ratio";
  names: readonly string[];
  days: readonly string[];
  values: readonly (readonly (readonly number[])[])[]; // by series and day, one number or two
  worst?: readonly (readonly [string, string | null])[]; // falls: from the peak to the recovery
  traded?: readonly string[];
}

interface Years {
  picture: "years";
  names: readonly string[];
  years: readonly (readonly [number, ...(number | null)[]])[];
}

type Efficient = readonly [number, number, readonly (readonly [string, number])[]];

interface Frontier {
  picture: "frontier";
  risk: string;
  cash: number;
  points: readonly Efficient[];
  best: Efficient;
  own: Efficient | null;
  assets: readonly (readonly [string, number | null, number | null])[];
  held: readonly string[];
}

/** The panels that the page has for a kind of answer. */
interface OfKind {
  picture: "view";
  kind: string;
}

/** Pictures of what stands in the result. */
interface OfResult {
  picture: "falls" | "layers" | "returns";
}

interface PastOf {
  picture: "past";
  asset: string; // that the still picture is of
}

interface Correlations {
  picture: "correlations";
  matrix: Matrix;
}

export type Readings = OverTime | Years | Frontier | FanReadings | EndReadings | CoverageReadings | StressReadings | RiskReadings | MonthReadings | Correlations | MeasuredReadings | HoldingsReadings | OfKind | OfResult | PastOf;

/** The whole time of the record: what pictures of a part of it are linked by. */
export function windowOf(all: readonly Readings[]): Window | undefined {
  const growth = all.find((one): one is OverTime => one.picture === "growth");
  return growth && { first: growth.days[0]!, last: growth.days.at(-1)! };
}

/** What else there is in the report for a picture. */
export interface Around {
  window: Window | undefined;
  result: Result | null;
  panels: (kind: string) => VNode | null;
}

/** The picture, or nothing for numbers that this version does not know. */
export function drawnAgain(read: Readings, says: string, { window, result, panels }: Around): VNode | null {
  switch (read.picture) {
    case "growth": return <Growth read={read} says={says} window={window ?? ownWindow(read)} />;
    case "weights": return <Held read={read} says={says} window={window ?? ownWindow(read)} />;
    case "belief": case "year": return <Line read={read} says={says} window={read.picture === "year" && window ? window : ownWindow(read)} />;
    case "years": return <Bars read={read} says={says} />;
    case "frontier": return <Efficiency read={read} says={says} />;
    case "fan": return <Fan read={read} says={says} />;
    case "ends": return <Ends read={read} says={says} />;
    case "coverage": return <Coverage read={read} says={says} />;
    case "stresses": return <Stresses read={read} />;
    case "risk": return <Risk read={read} />;
    case "correlations": return <Together matrix={read.matrix} />;
    case "interval": return <Measured read={read} says={says} />;
    case "holdings": return <Holdings read={read} />;
    case "view": return panels(read.kind);
    case "months": return <Months read={read} />;
    default: return result && ofResult(read, result);
  }
}

function ofResult(read: OfResult | PastOf, result: Result): VNode | null {
  switch (read.picture) {
    case "falls": return <Falls result={result} />;
    case "layers": return result.layers ? <Layers result={result} /> : null;
    case "returns": return result.attribution ? <Returns result={result} /> : null;
    case "past": return <Past result={result} first={read.asset} />;
    default: return null;
  }
}

const TIME = "time"; // pictures of one record, linked
const WRITTEN = { growth: (x: number) => `${ratio(x)}×`, share: (x: number) => percent(x), ratio: (x: number) => ratio(x) };

const ownWindow = ({ days }: OverTime): Window => ({ first: days[0]!, last: days.at(-1)! });

interface Linked {
  read: OverTime;
  says: string;
  window: Window;
}

const series = (read: OverTime, place: number) => read.names.map((name, n) => ({ name, values: read.values[n]!.map((one) => one[place] ?? null) }));

function Growth({ read, says, window }: Linked) {
  const [log, setLog] = useState(true);
  const growing: Over = { dates: read.days, lines: series(read, 0), log, format: WRITTEN.growth, onAxis: (x) => `${Number(x.toPrecision(2))}×`, window, shaded: [{ from: window.first, to: window.last, text: "out of sample" }], ticks: read.traded ?? [] };
  const falling: Over = { dates: read.days, lines: series(read, 1).slice(0, 2), format: (x) => percent(x), onAxis: (x) => percent(x, 0), area: true, shaded: (read.worst ?? []).map(([from, to]) => ({ from, to: to ?? window.last })), window: { ...window, slider: true } };
  const growth: Draw = useCallback((look) => overTime(growing, look), [read, log]);
  const under: Draw = useCallback((look) => overTime(falling, look), [read]);
  const deepest = Math.min(0, ...(falling.lines[0]?.values ?? []).map((one) => one ?? 0));
  return (
    <>
      <p class="choices"><button type="button" aria-pressed={log} onClick={() => setLog(!log)}>Log scale</button><span>Shaded above: out of sample; below: the worst falls.{read.traded?.length ? " Ticks: when it traded." : ""} Drag the ends below, or turn the wheel with Ctrl, to look closer.</span></p>
      <Chart draw={growth} stops={stopsOver(growing)} says={says} name="growth" height={280} group={TIME} />
      <Chart draw={under} stops={stopsOver(falling)} says={`Falls from the peak; the deepest of ${read.names[0]} is ${percent(deepest)}.`} name="falls" height={170} group={TIME} />
    </>
  );
}

function Held({ read, says, window }: Linked) {
  const layers = useMemo(() => read.names.map((name, n) => ({ name, shares: read.values[n]!.map((one) => one[0] ?? 0) })), [read]);
  const draw: Draw = useCallback((look) => layersOption(read.days, layers, window, look), [layers]);
  return <Chart draw={draw} stops={layerStops(read.days, layers)} says={says} name="weights-over-time" height={264} group={TIME} />;
}

function Line({ read, says, window }: Linked) {
  const line: Over = { dates: read.days, lines: series(read, 0), format: WRITTEN[read.kind], onAxis: read.kind === "share" ? (x) => percent(x, 0) : (x) => ratio(x), window };
  const draw: Draw = useCallback((look) => overTime(line, look), [read]);
  return <Chart draw={draw} stops={stopsOver(line)} says={says} name={read.picture} height={190} {...(read.picture === "year" ? { group: TIME } : {})} />;
}

function Bars({ read, says }: { read: Years; says: string }) {
  const years = read.years.map(([year, own = null, beside = null]) => ({ year, own, beside }));
  const names = [read.names[0] ?? "", read.names[1] ?? ""] as const;
  const draw: Draw = useCallback((look) => yearsOption(years, names, look), [read]);
  return <Chart draw={draw} stops={yearStops(years, names)} says={says} name="years" height={230} />;
}

const spotOf = (one: Efficient | null, name: string): Spot | null => spot(one && { name, risk: one[0], expected_return: one[1] });

function Efficiency({ read, says }: { read: Frontier; says: string }) {
  const plane: Plane = useMemo(() => planeOf(read), [read]);
  const scale = useMemo(() => scaleOf({ assets: plane.assets, ends: [...plane.points, ...plane.beside, plane.best].filter((one) => one !== null) }), [plane]);
  const draw: Draw = useCallback((look, width, height) => ({
    ...frontierOption(plane, scale, null, colours(read.held), look, width, height), tooltip: tipOf(read, look),
  }), [plane]);
  const stops = read.points.map((one, n) => ({ at: [one[0], one[1]] as const, says: `Portfolio ${n + 1} of ${read.points.length}: ${inWords(one)}` }));
  return <Chart draw={draw} stops={stops} says={says} name="frontier" height={380} />;
}

function planeOf(read: Frontier): Plane {
  const points = read.points.map((one) => spotOf(one, "")).filter((one) => one !== null);
  const assets = read.assets.map(([name, risk, expected_return]) => spot({ name, risk, expected_return })).filter((one) => one !== null);
  const own = spotOf(read.own, "this portfolio");
  return { risk: read.risk, assets, points, best: spotOf(read.best, ""), least: points[0] ?? null, beside: own ? [own] : [], earlier: [], cash: read.cash };
}

const inWords = ([risk, reward, weights]: Efficient): string =>
  `${percent(reward)} a year at a risk of ${percent(risk)}; ${listed(weights.map(([name, weight]) => `${name} ${percent(weight)}`))}`;

/** What stands at a place of the plane, in words. */
function tipOf(read: Frontier, look: Look): Record<string, unknown> {
  const all: (readonly [readonly [number | null, number | null], string])[] = [
    ...read.points.map((one, n) => [[one[0], one[1]], `Portfolio ${n + 1}\n${wrapped(one)}`] as const),
    [[read.best[0], read.best[1]], `Best ratio\n${wrapped(read.best)}`],
    ...(read.own ? [[[read.own[0], read.own[1]], `This portfolio\n${wrapped(read.own)}`] as const] : []),
    ...read.assets.map(([name, risk, reward]) => [[risk, reward], `${name}\n${percent(reward)} a year at a risk of ${percent(risk)}`] as const),
  ];
  return {
    trigger: "item", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
    formatter: ({ value }: { value: readonly number[] }) => all.find(([at]) => at[0] === value[0] && at[1] === value[1])?.[1] ?? "",
  };
}

const wrapped = ([risk, reward, weights]: Efficient): string =>
  [`${percent(reward)} a year at a risk of ${percent(risk)}`, ...weights.map(([name, weight]) => `${name}  ${percent(weight)}`)].join("\n");
