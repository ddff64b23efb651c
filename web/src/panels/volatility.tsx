/** The volatility that is expected, as an interval; and how often such intervals held before. */
import type { Schemas } from "../api";
import { count, horizon, type Maybe, percent } from "../format";
import { Interval, rangeOf } from "./interval";
import type { Asked } from "./panel";
import { Panel } from "./panel";
import { stop, Walk } from "./walk";

type Expected = Schemas["ExpectedVolatility"];

const FEWEST = 12; // past intervals, before their share says anything

/** "In 90 % of cases 7.1 % to 15.3 % a year over 1 month." */
export const betweenSays = (one: Expected): string =>
  `in ${percent(one.probability, 0)} of cases ${percent(one.low)} to ${percent(one.high)} a year, over ${horizon(one.horizon)}`;

export function heldSays({ times, held, probability, horizon: over }: Expected): string {
  if (times < FEWEST || typeof held !== "number") return "There are too few past intervals to tell how often they hold.";
  return `Of ${count(times)} past intervals of ${horizon(over)} for these weights, each stated beforehand, ${percent(held, 0)} held; ${percent(probability, 0)} should. What they miss is a crisis that breaks out.`;
}

/** Where the next volatility is expected, beside the one that was measured over the past. */
export function ExpectedVolatilityPanel({ one, past, asked }: { one: Expected; past: Maybe; asked: Asked }) {
  const sheet = { columns: ["Volatility a year", "Value"], rows: [["expected", one.expected], ["low", one.low], ["high", one.high], ["over the past", past ?? null]] as (string | number | null)[][] };
  return (
    <Panel title="How much it may swing" name="expected-volatility" asked={asked} sheet={sheet} format={(x) => percent(x, 2)} note={heldSays(one)}>
      <Walk label="Expected volatility"><ul class="judged plain">
        <li {...stop(`Volatility: ${percent(one.expected)} expected, ${percent(one.low)} to ${percent(one.high)} in ${percent(one.probability, 0)} of cases, ${percent(past)} in the past`)}>
          <div class="about"><b>Volatility over the next {horizon(one.horizon)}</b><span class="muted small">Dot: expected. Bar: {percent(one.probability, 0)} of cases. Dotted line: over the whole past.</span></div>
          <div class="picture"><Interval low={one.low} high={one.high} value={one.expected} range={rangeOf([0, one.low, one.high, past])} marks={[{ at: 0, kind: "zero" }, { at: past, kind: "naive" }]} /></div>
          <dl><div><dt>expected</dt><dd>{percent(one.expected)}</dd></div><div><dt>in {percent(one.probability, 0)} of cases</dt><dd>{percent(one.low)} to {percent(one.high)}</dd></div><div><dt>past</dt><dd>{percent(past)}</dd></div></dl>
        </li>
      </ul></Walk>
    </Panel>
  );
}
