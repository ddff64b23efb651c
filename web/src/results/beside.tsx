/** Two to five frontiers in one picture: the last as a line, those before it dashed. */
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { frontierOption, nearest, type Picture, riskWord, scaleOf, spot, spots } from "../charts/frontier";
import { colours, rankedByWeight } from "../charts/look";
import { stepped } from "../charts/walk";
import { percent, ratio, words } from "../format";
import { type Elsewhere, ORDINALS } from "../panels/asked";
import { Panel } from "../panels/panel";

type Result = Schemas["FrontierResult"];

interface Props {
  results: readonly Result[];
  elsewhere: Elsewhere;
}

/** The frontiers of runs: the last as a line with its star, those before it dashed, each best a diamond. */
export function FrontiersBeside({ results, elsewhere }: Props) {
  const names = results.map((_, n) => words(ORDINALS[n]!));
  const last = results.at(-1)!;
  const measured = results.every((one) => one.risk_measure === last.risk_measure);
  const picture = useMemo(() => together(results), [results]);
  const scale = useMemo(() => scaleOf({ assets: picture.assets, ends: [...picture.points, ...(picture.others ?? []).flat()] }), [picture]);
  const colourOf = useMemo(() => colours(rankedByWeight(last.best.weights)), [last]);
  const [at, setAt] = useState<number | null>(null);
  const stops = useMemo(() => results.flatMap((one, k) => good(one).map((each, n) => ({
    spot: spot(each)!, says: `${names[k]!} run, portfolio ${n + 1}: ${percent(each.expected_return)} a year at a risk of ${percent(each.risk)}, ratio ${ratio(each.ratio)}`,
  }))), [results]);
  const draw: Draw = useCallback((look, width, height) => frontierOption(picture, scale, at === null ? null : stops[at]!.spot, colourOf, look, width, height), [picture, scale, colourOf, at]);
  const box = useRef<HTMLDivElement>(null);
  const pointer = (x: number, y: number): boolean => {
    const n = nearest(stops.map((one) => one.spot), [x, y], scale, box.current?.clientWidth ?? 0, HEIGHT);
    setAt(n);
    return n !== null;
  };
  const step = (e: KeyboardEvent): void => {
    const to = stepped(e.key, at, stops.length, -1);
    if (to === null) return;
    e.preventDefault();
    setAt(to);
  };
  const columns = ["Run", "Expected return", riskWord(picture.risk), "Ratio"];
  const sheet = { columns, rows: results.flatMap((one, k) => good(one).map((each) => [ORDINALS[k]!, each.expected_return, each.risk, each.ratio])) };
  const title = results.length === 2 ? "Both frontiers" : "The frontiers";
  if (!measured) return <Panel title={title} elsewhere={elsewhere}><p class="nothing">These frontiers are of different risks: one picture has no axis for them.</p></Panel>;
  return (
    <Panel title={title} name="frontiers-beside" picture elsewhere={elsewhere} sheet={sheet} format={(x, c) => (c === 3 ? ratio(x) : percent(x, 2))}
      note="Line and star: the last run. Dashed: those before it, the diamonds their best ratios. Each by the estimates of its own run; the assets by those of the last.">
      <p class="legend lines">{names.map((name, n) => <span key={name}><i class={n === names.length - 1 ? "dash dash-1" : `dash dash-${n + 2}`} />{name}</span>)}</p>
      <div class="walk" ref={box} tabIndex={0} role="group" aria-roledescription="chart" aria-label={`${title}. Arrow keys walk along them.`} onKeyDown={step}>
        <Chart draw={draw} says={says(results)} name="frontiers-beside" height={HEIGHT} onPointer={pointer} onLeave={() => setAt(null)} />
      </div>
      <p class="which" role="status">{at === null ? "" : stops[at]!.says}</p>
    </Panel>
  );
}

const HEIGHT = 430; // pixels

const good = (one: Result) => one.points.filter((each) => !each.trouble);

/** One picture of all: the assets as the last run sees them. */
export function together(results: readonly Result[]): Picture {
  const [last, before] = [results.at(-1)!, results.slice(0, -1)];
  const points = spots(good(last));
  const bests = before.map((one, n) => spot(one.best, results.length === 2 ? "best before" : `best of the ${ORDINALS[n]!}`));
  return {
    risk: last.risk_measure, assets: spots(last.alone.map((one) => ({ ...one, name: one.ticker }))), points,
    best: spot(last.best), least: points[0] ?? null, beside: bests.filter((one) => one !== null), earlier: [], others: before.map((one) => spots(good(one))),
  };
}

const says = (results: readonly Result[]): string =>
  `${results.map(({ best }, n) => `The best ratio of the ${ORDINALS[n]!} run is ${ratio(best.ratio)}, with ${percent(best.expected_return)} a year at a risk of ${percent(best.risk)}`).join("; ")}.`;
