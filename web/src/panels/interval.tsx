/** An interval on a scale: a bar from end to end, a dot for what was measured, lines to hold it against. */
import type { Maybe } from "../format";

export interface Range {
  low: number;
  high: number;
}

export interface Mark {
  at: Maybe;
  kind: "zero" | "asked" | "naive";
  title?: string;
}

const ROOM = 0.06; // of the width, beyond the outermost

/** The scale that holds all of these; what is not known or not finite takes no room. */
export function rangeOf(values: readonly Maybe[]): Range {
  const known = values.filter((one): one is number => typeof one === "number" && Number.isFinite(one));
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (known.length === 0) return { low: 0, high: 1 };
  const room = ROOM * (high - low || Math.abs(high) || 1);
  return { low: low - room, high: high + room };
}

export function placeIn(value: Maybe, { low, high }: Range): string {
  const share = ((value ?? low) - low) / (high - low || 1);
  return `${(100 * Math.max(0, Math.min(1, share))).toFixed(2)}%`;
}

interface Props {
  low: Maybe;
  high: Maybe;
  value: Maybe;
  range: Range;
  marks?: readonly Mark[];
}

export function Interval({ low, high, value, range, marks = [] }: Props) {
  const known = typeof low === "number" && typeof high === "number";
  return (
    <span class="track interval">
      {known && <i style={{ left: placeIn(low, range), right: `calc(100% - ${placeIn(high, range)})` }} />}
      {marks.filter((one) => typeof one.at === "number").map((one) => <b key={one.kind} class={one.kind} title={one.title} style={{ left: placeIn(one.at, range) }} />)}
      {typeof value === "number" && <u style={{ left: placeIn(value, range) }} />}
    </span>
  );
}
