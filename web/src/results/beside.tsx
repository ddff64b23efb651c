/** Two frontiers in one picture: the first as a dashed ghost behind the second. */
import { useCallback, useMemo } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { frontierOption, type Picture, riskWord, scaleOf, spot, spots } from "../charts/frontier";
import { colours, rankedByWeight } from "../charts/look";
import { percent, ratio } from "../format";
import { Panel } from "../panels/panel";

type Result = Schemas["FrontierResult"];

export function FrontiersBeside({ first, second }: { first: Result; second: Result }) {
  const picture = useMemo(() => both(first, second), [first, second]);
  const scale = useMemo(() => scaleOf({ assets: picture.assets, ends: [...picture.points, ...picture.earlier] }), [picture]);
  const colourOf = useMemo(() => colours(rankedByWeight(second.best.weights)), [second]);
  const draw: Draw = useCallback((look, width, height) => frontierOption(picture, scale, null, colourOf, look, width, height), [picture, scale, colourOf]);
  const columns = ["Run", "Expected return", riskWord(picture.risk), "Ratio"];
  const rows = [["first", first], ["second", second]] as const;
  const sheet = { columns, rows: rows.flatMap(([name, one]) => good(one).map((each) => [name, each.expected_return, each.risk, each.ratio])) };
  return (
    <Panel title="Both frontiers" name="two-frontiers" picture sheet={sheet} format={(x, c) => (c === 3 ? ratio(x) : percent(x, 2))}
      note="Dashed: the first run, the diamond its best ratio. Line and star: the second. Each by the estimates of its own run.">
      <Chart draw={draw} says={says(first, second)} name="two-frontiers" height={430} />
    </Panel>
  );
}

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
