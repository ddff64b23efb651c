/** Small pictures: an interval inside a table, what a portfolio holds. */
import { colours, rankedByWeight } from "../charts/look";
import type { Maybe } from "../format";
import { percent } from "../format";
import { Interval, type Range } from "../panels/interval";
import { Ring, ringParts, type Weights } from "../panels/weights";

export interface MeasuredReadings {
  picture: "interval";
  value: Maybe;
  low: Maybe;
  high: Maybe;
  beside: Maybe; // what it is compared with
  range: Range;
}

export interface HoldingsReadings {
  picture: "holdings";
  weights: Weights;
}

export const Measured = ({ read, says }: { read: MeasuredReadings; says: string }) => (
  <span role="img" aria-label={says} title={says}>
    <Interval low={read.low} high={read.high} value={read.value} range={read.range} marks={[{ at: 0, kind: "zero" }, { at: read.beside, kind: "asked" }]} />
  </span>
);

export function Holdings({ read: { weights } }: { read: HoldingsReadings }) {
  const colourOf = colours(rankedByWeight(weights));
  return (
    <div class="holdings">
      <Ring weights={weights} colourOf={colourOf} size={148} />
      <p class="legend">{ringParts(weights, colourOf).map((one) => <span key={one.name}><i class="swatch" style={{ background: one.colour }} />{one.name} {percent(one.share)}</span>)}</p>
    </div>
  );
}
