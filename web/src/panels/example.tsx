/** What would stand on a page that nothing was asked of yet: a faint picture of its kind. */
import type { JSX } from "preact";

type Shape = "curve" | "fan" | "lines" | "intervals" | "bars";

const SHAPES: Record<string, Shape> = {
  frontier: "curve", portfolio: "curve", simulation: "fan",
  strategy: "lines", evidence: "lines", paper: "lines", paper_accounts: "lines", training: "lines", monitor: "lines", capacity: "lines",
  forecast: "intervals", comparison: "intervals", signals: "intervals", signal_history: "intervals", criteria: "intervals",
};

export const shapeOf = (kind: string): Shape => SHAPES[kind] ?? "bars"; // most answers have a table, and bars beside it

const ROWS = [[60, 130, 98], [90, 190, 150], [70, 240, 168], [140, 270, 214], [40, 120, 76]] as const;
const LENGTHS = [210, 160, 118, 84, 40] as const;

const PICTURES: Record<Shape, JSX.Element> = {
  curve: <><path d="M28 116C60 74 130 38 292 20" /><circle cx="112" cy="58" r="7" />{[[150, 96], [210, 80], [252, 104], [190, 112], [276, 58]].map(([x, y]) => <circle key={x} cx={x} cy={y} r="4" class="dot" />)}</>,
  fan: <><path class="filled" d="M28 84C120 66 210 36 292 14L292 122C210 112 120 100 28 84Z" /><path d="M28 84C120 80 210 72 292 62" /></>,
  lines: <><path d="M28 110L64 98L100 102L136 78L172 84L208 52L244 58L292 22" /><path class="other" d="M28 110L64 106L100 100L136 94L172 98L208 80L244 82L292 64" /></>,
  intervals: <>{ROWS.map(([from, to, at], n) => <g key={from}><path d={`M${from} ${22 + 22 * n}H${to}`} /><circle cx={at} cy={22 + 22 * n} r="5" /></g>)}</>,
  bars: <>{LENGTHS.map((length, n) => <rect key={length} x="40" y={14 + 22 * n} width={length} height="13" rx="3" />)}</>,
};

export const Example = ({ kind }: { kind: string }) => <svg viewBox="0 0 320 130" aria-hidden="true" data-example={shapeOf(kind)}>{PICTURES[shapeOf(kind)]}</svg>;
