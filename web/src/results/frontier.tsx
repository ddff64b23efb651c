/** The efficient frontier while it grows and when it is done: a picture, its weights, and what to do with them. */
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import type { Doc, Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { fromBounds, frontierOption, MOST_DOTS, nearest, type Picture, riskWord, scaleOf, type Spot, spot, spots, type Wobble, wobbleOf } from "../charts/frontier";
import { colours, cssColour, rankedByWeight } from "../charts/look";
import { stepped } from "../charts/walk";
import { count, percent, points as inPoints, ratio } from "../format";
import { Kpi } from "../panels/kpi";
import { MEANS } from "../panels/meanings";
import { Panel } from "../panels/panel";
import type { Sheet } from "../panels/sheet";
import { useAlone } from "../panels/standing";
import { Along, heldOrSold, Ring, type Weights, WeightsTable } from "../panels/weights";
import { TITLES } from "../titles";
import { useTheme } from "../theme";
import type { ResultProps } from ".";
import { type Before, useBefore } from "./before";
import { Next } from "./next";

type Result = Schemas["FrontierResult"];

interface Portfolio {
  name: string;
  risk: number | null;
  reward: number | null;
  ratio: number | null;
  weights: Weights;
  shares: Weights; // of the risk; nothing while it is not known
}

export function FrontierView({ run, asked, document, change, hash }: ResultProps) {
  const result = run.result as Result | null;
  const bounds = run.bounds;
  const portfolios = useMemo(() => portfoliosOf(run, result), [run.points, result]);
  const before = useBefore(asked.run, result !== null);
  const [wobbling, setWobbling] = useState(true);
  const wobble = useMemo(() => wobbleOf(result?.band), [result]);
  const picture = useMemo(() => ({ ...pictureOf(run, result, before), band: wobbling ? wobble : [] }), [run.points, run.bounds, result, before, wobble, wobbling]);
  const scale = useMemo(() => scaleOf({ assets: picture.assets, ends: [picture.least, picture.best, spot(bounds?.highest), ...picture.earlier, ...ends(wobble), ...(result ? picture.points : [])].filter((one) => one !== null) }), [bounds, result, before, wobble]);
  const best: Portfolio | null = result ? { ...portfolioOf(result.best), name: "Best return for its risk" } : null;
  const ranked = useMemo(() => ranking(best, portfolios), [result, portfolios.length > 0]);
  const colourOf = useMemo(() => colours(ranked), [ranked]);
  const alone = useAlone() !== null;
  const [picked, choose] = usePicked(hash, portfolios.length, alone);
  const shown = picked === null ? (best ?? portfolios.at(-1) ?? null) : portfolios[picked]!;
  const held = useMemo(() => [besides(result?.placed, "yours"), besides(result?.equal, "equal weight")].filter((one) => one !== null), [result]);
  const all = useMemo(() => picture.assets.map((one) => one.name), [picture.assets]);
  const along = useMemo(() => alongSheet(portfolios), [portfolios]);
  if (!shown && picture.assets.length === 0) return <section class="card"><div class="ghost tall" /></section>;
  const locks = alone ? undefined : locksOf(document, change);
  const band: Band = {
    known: result?.band ?? null, on: wobbling, possible: picture.risk === "volatility" && (wobble.length > 0 || !alone), asked: Number(document["resamples"] ?? 0) > 0,
    press: () => (wobble.length ? setWobbling(!wobbling) : change({ ...document, resamples: PASTS })),
  };
  const asTheyAre = alone ? null : (): void => change({ ...document, forecast: "past_means" });
  return (
    <>
      {shown && <Figures shown={shown} held={held} measure={picture.risk} />}
      <div class="two">
        <FrontierPanel {...{ picture, scale, portfolios, picked, choose, colourOf, asked, best, asTheyAre, band }} before={picture.earlier.length ? before : null} />
        <Panel title="Weights" class="weights-card" asked={asked} name="weights" sheet={shown ? weightsSheet(shown, result?.placed?.weights) : undefined} format={(x) => percent(x, 2)}
          tools={picked !== null && best && <button type="button" onClick={() => choose(null)}>Back to best</button>}>
          <p class="which">{shown?.name ?? "The first portfolio is being calculated"}</p>
          {shown && <div class="ring-and-table"><Ring weights={shown.weights} colourOf={colourOf} /><WeightsTable weights={shown.weights} colourOf={colourOf} zeros={all} locks={locks} shares={shown.shares} compare={result?.placed?.weights} run={result && asked.run} /></div>}
          {locks && locks.locked.size > 0 && <p class="foot">Locked weights are limits of the next run: press Run again.</p>}
        </Panel>
      </div>
      {portfolios.length > 1 && (
        <Panel title="Weights along the frontier" name="weights-along-the-frontier" asked={asked} sheet={along} format={(x) => percent(x, 2)}>
          <Along all={portfolios.map((one) => one.weights)} picked={picked ?? nearestTo(portfolios, best)} colourOf={colourOf} ranked={ranked} onPick={choose} />
        </Panel>
      )}
      {result && shown && <Next run={asked.run} weights={picked === null ? null : shown.weights} source={asked.document["source"]} name={shown.name} exact={exactly(asked.document, picture.risk, picked === null ? null : shown.reward)} />}
    </>
  );
}

/** The question whose answer is one portfolio of this frontier: the best, or the one of a return; of other risks there is none. */
function exactly(asked: Doc, risk: string, reward: number | null): Doc | null {
  if (risk !== "volatility") return null;
  const { points: _, targets: __, risk_measure: ___, weights: ____, ...rest } = asked;
  const objective = reward === null ? {} : { objective: { kind: "target_return", annual_return: Number(reward.toFixed(6)) } };
  return { ...rest, ...objective, explained: true };
}

function portfolioOf(one: Schemas["EfficientPortfolio"]): Portfolio {
  return { name: "", risk: one.risk, reward: one.expected_return, ratio: one.ratio, weights: one.weights, shares: one.risk_shares ?? {} };
}

function portfoliosOf(run: ResultProps["run"], result: Result | null): Portfolio[] {
  const good = result?.points.filter((one) => !one.trouble);
  const found = good
    ? good.map(portfolioOf)
    : run.points.filter((one) => one.spot.risk !== null).map((one) => ({ name: "", risk: one.spot.risk, reward: one.spot.expected_return, ratio: null, weights: one.weights ?? {}, shares: {} }));
  return found.map((one, n) => ({ ...one, name: good ? `Portfolio ${n + 1} of ${found.length}` : `Portfolio ${n + 1}` }));
}

function pictureOf(run: ResultProps["run"], result: Result | null, before: Before | null): Picture {
  const picture = withoutGhost(run, result);
  const drawn = before && before.result.risk_measure === picture.risk;
  return drawn ? { ...picture, earlier: spots(before.result.points.filter((one) => !one.trouble)) } : picture;
}

function withoutGhost(run: ResultProps["run"], result: Result | null): Picture {
  if (!result) return run.bounds ? fromBounds(run.bounds, run.points) : { risk: "volatility", assets: [], points: [], best: null, least: null, beside: [], earlier: [] };
  const points = spots(result.points.filter((one) => !one.trouble));
  const beside = [spot(result.placed, "yours"), spot(result.equal, "equal weight")].filter((one) => one !== null);
  return { risk: result.risk_measure, assets: spots(result.alone.map((one) => ({ ...one, name: one.ticker }))), points, best: spot(result.best), least: points[0] ?? null, beside, earlier: [], cash: result.neutral_return };
}

function ranking(best: Portfolio | null, portfolios: readonly Portfolio[]): string[] {
  const sum: Weights = { ...(best?.weights ?? {}) };
  for (const end of [portfolios[0], portfolios.at(-1)]) for (const [name, w] of Object.entries(end?.weights ?? {})) sum[name] = (sum[name] ?? 0) + w / 10;
  return rankedByWeight(sum);
}

/** Which portfolio is picked: the address says it, so that a link can; a file has no address of its own. */
function usePicked(hash: string, many: number, alone: boolean): [number | null, (n: number | null) => void] {
  const [own, setOwn] = useState<number | null>(null);
  const [, again] = useState(0);
  const choose = (n: number | null): void => {
    if (alone) return setOwn(n);
    history.replaceState(null, "", `${location.pathname}${location.search}${n === null ? "" : `#p=${n + 1}`}`);
    dispatchEvent(new Event("moved"));
    again((k) => k + 1);
  };
  return [alone ? own : pickedIn(hash, many), choose];
}

function pickedIn(hash: string, count: number): number | null {
  const n = Number(hash.match(/^#p=(\d+)$/)?.[1] ?? 0);
  return n >= 1 && n <= count ? n - 1 : null;
}

function nearestTo(portfolios: readonly Portfolio[], best: Portfolio | null): number | null {
  if (!best || best.reward === null || portfolios.length === 0) return null;
  const off = (one: Portfolio): number => Math.abs((one.reward ?? Infinity) - best.reward!);
  return portfolios.reduce((nearest, one, n) => (off(one) < off(portfolios[nearest]!) ? n : nearest), 0);
}

/** What the shown portfolio is held against. */
interface Besides {
  name: string;
  risk: number;
  reward: number;
  ratio: number | null;
}

function besides(one: Schemas["EfficientPortfolio"] | null | undefined, name: string): Besides | null {
  const placed = spot(one, name);
  return placed && { ...placed, name, ratio: one?.ratio ?? null };
}

function Figures({ shown, held, measure }: { shown: Portfolio; held: readonly Besides[]; measure: string }) {
  const names = rankedByWeight(shown.weights).filter((one) => Math.abs(shown.weights[one]!) > 5e-4);
  const top = names[0];
  const against = (of: (one: Besides) => string, alone: string): string => held.map((one) => `${of(one)} to ${one.name}`).join("; ") || alone;
  const less = (value: number | null, one: number): string => inPoints((value ?? NaN) - one);
  const difference = (value: number | null, one: number | null): string => (value === null || one === null ? "n/a" : signedRatio(value - one));
  return (
    <section class="kpis" aria-label={shown.name}>
      <Kpi title={MEANS.expectedReturn} word="Expected return a year" value={percent(shown.reward)} note={against((one) => less(shown.reward, one.reward), "by these estimates")} />
      <Kpi {...(measure === "volatility" ? { title: MEANS.volatility } : {})} word={measure === "volatility" ? "Volatility a year" : riskWord(measure)} value={percent(shown.risk)} note={against((one) => less(shown.risk, one.risk), "")} />
      <Kpi word={measure === "volatility" ? "Sharpe ratio" : "Return for risk"} value={ratio(shown.ratio)} note={against((one) => difference(shown.ratio, one.ratio), "expected, in sample")} title={MEANS.expectedSharpe} />
      <Kpi word="Holdings" value={String(names.length)} note={top ? `largest ${top} ${percent(shown.weights[top])}` : ""} />
    </section>
  );
}

const signedRatio = (x: number): string => `${x > 0.005 ? "+" : ""}${ratio(x)}`;

interface PanelProps {
  picture: Picture;
  scale: ReturnType<typeof scaleOf>;
  portfolios: readonly Portfolio[];
  picked: number | null;
  choose: (n: number | null) => void;
  colourOf: ReturnType<typeof colours>;
  asked: ResultProps["asked"];
  best: Portfolio | null;
  before: Before | null; // whose ghost is drawn
  asTheyAre: (() => void) | null; // past means, where they can be asked for
  band: Band;
}

/** The frontiers of other pasts: whether they are known, and are drawn. */
interface Band {
  known: Schemas["FrontierBand"] | null;
  on: boolean;
  possible: boolean;
  asked: boolean; // by the form: the next run has them
  press: () => void;
}

const PASTS = 100; // that are drawn where a button asks for them

const ends = (wobble: readonly Wobble[]): Spot[] => wobble.flatMap((one) => [{ name: "", risk: one.risk, reward: one.low }, { name: "", risk: one.risk, reward: one.high }]);

/** What the band says, or how it is had. */
function WobbleNote({ band, at }: { band: Band; at: Portfolio | null }) {
  if (!band.known) return band.asked ? <p class="foot">How far it would move if the past had been another draw is calculated with the next run: press Run again.</p> : null;
  if (!band.on) return null;
  const { known } = band;
  const risk = at?.risk ?? null;
  const place = risk === null ? 0 : known.risk.reduce((near, one, n) => (Math.abs(one - risk) < Math.abs(known.risk[near]! - risk) ? n : near), 0);
  return (
    <p class="foot wobble">
      Band: {percent(known.level, 0)} of {count(known.draws)} frontiers of other pasts, each {count(known.sessions)} sessions drawn from these estimates and measured as they are. At a volatility of {percent(known.risk[place])} they expect between {percent(known.low[place])} and {percent(known.high[place])} a year.
      Each is chosen by its own luck, and looks better than it would have been.{(known.left_out ?? 0) > 0 && ` ${known.left_out} had no portfolio and are left out.`}
    </p>
  );
}

function FrontierPanel({ picture, scale, portfolios, picked, choose, colourOf, asked, best, before, asTheyAre, band }: PanelProps) {
  const [hover, setHover] = useState<{ n: number; left: boolean } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const height = 430;
  const draw: Draw = useCallback((look, width, high) => frontierOption(picture, scale, picked === null ? null : (picture.points[picked] ?? null), colourOf, look, width, high), [picture, scale, picked, colourOf, theme]);
  const shown = picked === null ? best : portfolios[picked];
  const says = shown ? `${shown.name}: expected return ${percent(shown.reward)}, risk ${percent(shown.risk)}; ${rankedByWeight(shown.weights).slice(0, 3).map((one) => `${one} ${percent(shown.weights[one])}`).join(", ")}.` : "";
  const step = (e: KeyboardEvent): void => {
    const to = stepped(e.key, picked ?? nearestTo(portfolios, best) ?? 0, portfolios.length, -1);
    if (to === null) return;
    e.preventDefault();
    choose(to);
  };
  const pointer = (x: number, y: number, clicked: boolean): boolean => {
    const width = box.current?.clientWidth ?? 0;
    const n = nearest(picture.points, [x, y], scale, width, height);
    setHover(n === null ? null : { n, left: x > 0.55 * width });
    if (clicked && n !== null) choose(n);
    return n !== null;
  };
  const over = hover && portfolios[hover.n];
  const flat = picture.assets.length > 1 && spread(picture.assets) < 1e-5;
  return (
    <Panel title={TITLES.frontier} name="efficient-frontier" picture asked={asked}
      tools={band.possible && best && !flat && <button type="button" aria-pressed={band.known ? band.on : band.asked} onClick={band.press}>Other pasts</button>} sheet={pointsSheet(portfolios, picture.risk)} format={(x, c) => (c === 3 ? ratio(x) : percent(x, 2))}
      note={flat ? undefined : `Each point has the least risk for its return; the filled diamond has the least of all, the dashed line adds cash to the star. What fitted the past best looks better than it will be.${picture.assets.length > MOST_DOTS ? ` ${MOST_DOTS} of ${count(picture.assets.length)} assets are drawn.` : ""}`}>
      <div class="chartbox" ref={box} tabIndex={0} role="group" aria-roledescription="chart" aria-label={`Efficient frontier. Arrow keys walk along it. ${says}`} onKeyDown={step}>
        <Chart draw={draw} says={`Risk against expected return of ${portfolios.length} portfolios and ${picture.assets.length} assets`} name="efficient-frontier" height={height} onPointer={pointer} onLeave={() => setHover(null)} />
        {over && (
          <div class="hover" style={hover.left ? { left: "72px" } : { right: "34px" }}>
            <b>{percent(over.reward)}</b> return, <b>{percent(over.risk)}</b> risk
            <table><tbody>
              {rankedByWeight(over.weights).slice(0, 8).map((one) => <tr key={one}><td><i class="swatch" style={{ background: cssColour(colourOf(one)) }} />{one}</td><td class="num">{percent(over.weights[one])}</td></tr>)}
            </tbody></table>
          </div>
        )}
      </div>
      <WobbleNote band={band} at={shown ?? null} />
      {before && <p class="legend"><span><i class="dash ghost-line" />the run before</span>{best && <a href={`/compare?runs=${before.run},${asked.run ?? ""}`}>Compare the two in full</a>}</p>}
      {flat && <p class="caution">Every asset has the same expected return here: over this window the past does not say which is higher, so the frontier is a single point. A longer window, or forecasts, can tell them apart. {asTheyAre && <>Past means as they are differ, mostly by chance; for a frontier of them: <button type="button" class="link" onClick={asTheyAre}>Take past means as they are</button></>}</p>}
      <span class="unseen" role="status">{picked === null ? "" : says}</span>
    </Panel>
  );
}

const spread = (assets: readonly Spot[]): number => Math.max(...assets.map((one) => one.reward)) - Math.min(...assets.map((one) => one.reward));

function pointsSheet(portfolios: readonly Portfolio[], measure: string): Sheet {
  return { columns: ["Portfolio", "Expected return", riskWord(measure), "Ratio"], rows: portfolios.map((one, n) => [String(n + 1), one.reward, one.risk, one.ratio]) };
}

function weightsSheet({ weights, shares }: Portfolio, placed: Weights | undefined): Sheet {
  const known = Object.keys(shares).length > 0;
  const columns = ["Asset", "Weight", ...(placed ? ["Change from yours"] : []), ...(known ? ["Share of the risk"] : [])];
  return { columns, rows: heldOrSold(weights, placed).map((one) => [one, weights[one] ?? 0, ...(placed ? [(weights[one] ?? 0) - (placed[one] ?? 0)] : []), ...(known ? [shares[one] ?? null] : [])]) };
}

/** A row for each asset that any of them holds: thousands of rows are shown in part, thousands of columns could not be. */
function alongSheet(portfolios: readonly Portfolio[]): Sheet {
  const held = [...new Set(portfolios.flatMap((one) => rankedByWeight(one.weights)))];
  return { columns: ["Asset", ...portfolios.map((_, n) => `Portfolio ${n + 1}`)], rows: held.map((name) => [name, ...portfolios.map((one) => one.weights[name] ?? 0)]) };
}

/** A lock is a limit of the form: "AAPL = 12.3%". */
function locksOf(document: Doc, change: (document: Doc) => void) {
  const stated = (document["constraints"] as string[] | undefined) ?? [];
  const own = /^(\S+) == [\d.]+%$/;
  const locked = new Set(stated.map((one) => one.match(own)?.[1]).filter((one) => one !== undefined));
  const toggle = (ticker: string, weight: number): void => {
    const others = stated.filter((one) => one.match(own)?.[1] !== ticker);
    const next = locked.has(ticker) ? others : [...others, `${ticker} == ${(weight * 100).toFixed(1)}%`];
    const { constraints: _, ...rest } = document;
    change(next.length ? { ...rest, constraints: next } : rest);
  };
  return { locked, toggle };
}
