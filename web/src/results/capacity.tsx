/** How much money a strategy carries: what is left of its edge by size, and beside the others. */
import { useCallback } from "preact/hooks";
import type { Schemas } from "../api";
import { edgeCurve, edgeOption, edgeSays, edgeStops, sharpeOption, sharpeStops } from "../charts/capacity";
import { Chart, type Draw } from "../charts/chart";
import { percent, ratio, shortMoney, words } from "../format";
import { Panel } from "../panels/panel";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

export function CapacityView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["StrategyCapacity"];
  const edge: Draw = useCallback((look) => edgeOption(result, look), [result]);
  const beside: Draw = useCallback((look) => sharpeOption(result, look), [result]);
  const curve = edgeCurve(result);
  const names = result.sizes[0]!.strategies.map((one) => one.name);
  const says = edgeSays(result);
  return (
    <div class="two even">
      <Panel title={TITLES.capacity} name="capacity" picture={result.edge > 0} asked={asked} format={(x, c) => (c === 0 ? shortMoney(x) : percent(x, 2))}
        sheet={{ columns: ["Money", "Edge a year"], rows: curve.map((one) => [one.capital, one.edge]) }}
        note="A year over cash, after market impact, which grows with the root of the money. Beyond a tenth of what is traded in a session the formula is an extrapolation.">
        <p class="which">{says}</p>
        {result.edge > 0 && <Chart draw={edge} stops={edgeStops(curve)} says={says} name="capacity" height={280} />}
      </Panel>
      <Panel title="Beside the others at the same size" name="capacity-beside" picture asked={asked} format={(x, c) => (c === 0 ? shortMoney(x) : ratio(x))}
        sheet={{ columns: ["Money", ...names], rows: result.sizes.map((one) => [one.capital, ...one.strategies.map((each) => each.sharpe)]) }}
        note="Sharpe ratio a year after market impact. Where lines cross, the simpler rule is as good with so much money.">
        <p class="legend lines">{names.map((one, n) => <span key={one}><i class={`dash dash-${(n % 4) + 1}`} />{words(one)}</span>)}</p>
        <Chart draw={beside} stops={sharpeStops(result.sizes)} says={`Sharpe ratio after impact of ${names.map(words).join(", ")}, from ${shortMoney(result.sizes[0]!.capital)} to ${shortMoney(result.sizes.at(-1)!.capital)}.`} name="capacity-beside" height={280} />
      </Panel>
    </div>
  );
}
