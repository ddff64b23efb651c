/** Two frontiers in one picture: the first as a dashed ghost behind the second. */
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { frontierOption, nearest, type Picture, riskWord, scaleOf, spot, spots } from "../charts/frontier";
import { colours, rankedByWeight } from "../charts/look";
import { stepped } from "../charts/walk";
import { percent, ratio } from "../format";
import type { Elsewhere } from "../panels/asked";
import { Panel } from "../panels/panel";

type Result = Schemas["FrontierResult"];

export function FrontiersBeside({ first, second, elsewhere }: { first: Result; second: Result; elsewhere: Elsewhere }) {
  const picture = useMemo(() => both(first, second), [first, second]);
  const scale = useMemo(() => scaleOf({ assets: picture.assets, ends: [...picture.points, ...picture.earlier] }), [picture]);
  const colourOf = useMemo(() => colours(rankedByWeight(second.best.weights)), [second]);
  const [at, setAt] = useState<number | null>(null);
  const stops = useMemo(() => ([["First", first], ["Second", second]] as const).flatMap(([name, one]) => good(one).map((each, n) => ({
    spot: spot(each)!, says: `${name} run, portfolio ${n + 1}: ${percent(each.expected_return)} a year at a risk of ${percent(each.risk)}, ratio ${ratio(each.ratio)}`,
  }))), [first, second]);
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
  const rows = [["first", first], ["second", second]] as const;
  const sheet = { columns, rows: rows.flatMap(([name, one]) => good(one).map((each) => [name, each.expected_return, each.risk, each.ratio])) };
  return (
    <Panel title="Both frontiers" name="two-frontiers" picture elsewhere={elsewhere} sheet={sheet} format={(x, c) => (c === 3 ? ratio(x) : percent(x, 2))}
      note="Dashed: the first run, the diamond its best ratio. Line and star: the second. Each by the estimates of its own run.">
      <div class="walk" ref={box} tabIndex={0} role="group" aria-roledescription="chart" aria-label="Both frontiers. Arrow keys walk along them." onKeyDown={step}>
        <Chart draw={draw} says={says(first, second)} name="two-frontiers" height={HEIGHT} onPointer={pointer} onLeave={() => setAt(null)} />
      </div>
      <p class="which" role="status">{at === null ? "" : stops[at]!.says}</p>
    </Panel>
  );
}

const HEIGHT = 430; // pixels

const good = (one: Result) => one.points.filter((each) => !each.trouble);

function both(first: Result, second: Result): Picture {
  const points = spots(good(second));
  const was = spot(first.best, "best before");
  return {
    risk: second.risk_measure, assets: spots(second.alone.map((one) => ({ ...one, name: one.ticker }))), points,
    best: spot(second.best), least: points[0] ?? null, beside: was ? [was] : [], earlier: spots(good(first)),
  };
}

const says = (first: Result, second: Result): string =>
  `The best ratio of the first run is ${ratio(first.best.ratio)}, with ${percent(first.best.expected_return)} a year at a risk of ${percent(first.best.risk)}; of the second ${ratio(second.best.ratio)}, with ${percent(second.best.expected_return)} at ${percent(second.best.risk)}.`;
