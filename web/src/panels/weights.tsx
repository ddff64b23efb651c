/** What a portfolio holds: a ring, a table with locks, and what it holds along the frontier. */
import { useState } from "preact/hooks";
import { type ColourOf, cssColour, rankedByWeight, SERIES } from "../charts/look";
import { stepped } from "../charts/walk";
import { percent, ratio } from "../format";
import { LongTable } from "./rows";
import { TickerLink } from "./ticker";
import { stop, Walk } from "./walk";

export type Weights = Record<string, number>;

const HELD = 5e-4; // below, it is written 0.0 %
const FEW = 14; // holdings that are listed before all are wanted

interface RingPart {
  name: string;
  share: number;
  colour: string;
}

/** The parts of the ring, the largest first: seven with colours, the rest as one, then cash. */
export function ringParts(weights: Weights, colourOf: ColourOf): RingPart[] {
  const long = rankedByWeight(weights).filter((one) => weights[one]! > HELD);
  const own = long.filter((one) => colourOf(one) >= 0).slice(0, SERIES);
  const parts = own.map((name) => ({ name, share: weights[name]!, colour: cssColour(colourOf(name)) }));
  const rest = long.filter((one) => !own.includes(one)).reduce((sum, one) => sum + weights[one]!, 0);
  if (rest > HELD) parts.push({ name: "Other", share: rest, colour: "var(--other)" });
  const cash = 1 - Object.values(weights).reduce((sum, one) => sum + one, 0);
  if (cash > HELD) parts.push({ name: "Cash", share: cash, colour: "var(--line)" });
  return parts;
}

const R = 42;
const TURN = 2 * Math.PI * R;

export function Ring({ weights, colourOf, size = 168 }: { weights: Weights; colourOf: ColourOf; size?: number }) {
  const parts = ringParts(weights, colourOf);
  const whole = parts.reduce((sum, one) => sum + one.share, 0) || 1;
  let from = 0;
  const arcs = parts.map((one) => {
    const share = one.share / whole;
    const arc = { ...one, share, from };
    from += share;
    return arc;
  });
  const held = Object.values(weights).filter((one) => Math.abs(one) > HELD).length;
  const says = `Weights: ${parts.slice(0, 5).map((one) => `${one.name} ${percent(one.share)}`).join(", ")}`;
  return (
    <Walk label={says} class="ring-walk"><svg class="ring" viewBox="0 0 120 120" width={size} height={size} role="img" aria-label={says}>
      <g fill="none" stroke-width="22" transform="rotate(-90 60 60)">
        {arcs.map((one) => (
          <circle key={one.name} cx="60" cy="60" r={R} style={{ stroke: one.colour }}
            stroke-dasharray={`${Math.max(0, one.share * TURN - 1)} ${TURN}`} stroke-dashoffset={-one.from * TURN} {...stop(`${one.name} ${percent(one.share)}`, `${one.name} ${percent(one.share, 2)}`)} />
        ))}
      </g>
      <text x="60" y="60" class="ring-count">{held}</text>
      <text x="60" y="74" class="ring-word">{held === 1 ? "holding" : "holdings"}</text>
    </svg></Walk>
  );
}

/** A limit that binds, such as "JNJ: weight at most 40 %", and what the objective would gain by a unit more of it. */
interface Limit {
  name: string;
  price: number;
}

/** The limits of one asset alone; what binds several says so in the reasons. */
export const limitsOf = (limits: readonly Limit[], ticker: string): { word: string; price: number }[] =>
  limits.filter((one) => one.name.startsWith(`${ticker}: `)).map((one) => ({ word: one.name.slice(ticker.length + 2), price: one.price }));

/** A limit as it fits beside a weight: "at most 35 %". */
const short = (word: string): string => word.replace(/^weight (?=at (most|least) )/, "");

/** What is held, the largest first; then what the other portfolio holds and this one does not. */
export function heldOrSold(weights: Weights, compare: Weights = {}): string[] {
  const some = (all: Weights): string[] => rankedByWeight(all).filter((one) => Math.abs(all[one]!) > HELD);
  const held = some(weights);
  return [...held, ...some(compare).filter((one) => !held.includes(one))];
}

interface TableProps {
  weights: Weights;
  colourOf: ColourOf;
  compare?: Weights | undefined; // another portfolio: the differences are shown
  shares?: Weights | undefined; // of the risk; nothing in it: not known
  limits?: readonly Limit[] | undefined; // what binds, with its price
  locks?: { locked: ReadonlySet<string>; toggle: (ticker: string, weight: number) => void } | undefined;
  zeros?: readonly string[]; // what could be held and is not
  run?: string | null | undefined; // whose weights they are, once it is done
}

export function WeightsTable({ weights, colourOf, compare, shares: known = {}, limits = [], locks, zeros = [], run }: TableProps) {
  const shares = Object.keys(known).length > 0 ? known : null;
  const [all, setAll] = useState(false);
  const held = heldOrSold(weights, compare);
  const none = zeros.filter((one) => !held.includes(one));
  const most = Math.max(...held.map((one) => Math.abs(weights[one] ?? 0)), 0.01);
  const shown = all ? held : held.slice(0, FEW);
  const bound = held.some((one) => limitsOf(limits, one).length > 0);
  const number = (word: string, about = "") => ({ word, class: "num", about });
  const columns = [{ word: "Asset" }, { word: "Bar", unseen: true }, number("Weight"), ...(compare ? [number("Points", "how far the weight is from that of the portfolio that is yours")] : []), ...(shares ? [number("Risk", "its share of the volatility: more than its weight adds more risk than money")] : []),
    ...(bound ? [{ word: "Limit", class: "bound" }, number("Price", "what the objective would gain for a unit more of the limit")] : []), ...(locks ? [{ word: "Lock", unseen: true }] : [])];
  const weight = (one: string): number => weights[one] ?? 0;
  const change = (one: string): number => weight(one) - (compare?.[one] ?? 0);
  const values = (one: string) => [one, null, weight(one), ...(compare ? [change(one)] : []), ...(shares ? [shares[one] ?? null] : []),
    ...(bound ? [limitsOf(limits, one)[0]?.word ?? null, limitsOf(limits, one)[0]?.price ?? null] : [])];
  const row = (one: string) => (
    <tr key={one}>
      <th scope="row"><i class="swatch" style={{ background: cssColour(colourOf(one)) }} /><TickerLink ticker={one} run={run} /></th>
      <td class="bar"><span style={{ width: `${(100 * Math.abs(weight(one))) / most}%`, background: cssColour(colourOf(one)) }} /></td>
      <td class="num">{percent(weight(one))}</td>
      {compare && <td class="num muted">{signedNumber(100 * change(one))}</td>}
      {shares && <td class="num muted">{percent(shares[one])}</td>}
      {bound && <td class="bound">{limitsOf(limits, one).map(({ word }) => <span key={word} class="tag" title={`${one}: ${word}`}>{short(word)}</span>)}</td>}
      {bound && <td class="num">{limitsOf(limits, one).map(({ price }, n) => <span key={n}>{ratio(price, 3)}</span>)}</td>}
      {locks && (
        <td class="num"><button type="button" class="lock" aria-pressed={locks.locked.has(one)} aria-label={`Lock ${one} at ${percent(weight(one))}`} title={`Keep ${one} at ${percent(weight(one))} in the next run`}
          onClick={() => locks.toggle(one, weight(one))}><LockIcon closed={locks.locked.has(one)} /></button></td>
      )}
    </tr>
  );
  return (
    <div class="weights-table">
      <LongTable label="Weights of assets" class="weights" columns={columns} rows={shown} cells={(one) => [one, percent(weight(one))]} values={values} row={row} />
      {held.length > shown.length && <button type="button" class="link" onClick={() => setAll(true)}>{held.length - shown.length} more</button>}
      {none.length > 0 && <details class="fold"><summary>{none.length} at 0.0{"\u202f"}%</summary><p class="small muted">{none.join(", ")}</p></details>}
    </div>
  );
}

const signedNumber = (x: number): string => `${x >= 0.05 ? "+" : ""}${ratio(x, 1)}`;

function LockIcon({ closed }: { closed: boolean }) {
  return (
    <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
      <rect x="3" y="7" width="10" height="7" rx="1.5" fill={closed ? "currentColor" : "none"} stroke="currentColor" stroke-width="1.4" />
      <path d={closed ? "M5.2 7V4.8a2.8 2.8 0 0 1 5.6 0V7" : "M5.2 7V4.6a2.8 2.8 0 0 1 5.3-1.3"} fill="none" stroke="currentColor" stroke-width="1.4" />
    </svg>
  );
}

interface AlongProps {
  all: readonly Weights[];
  picked: number | null;
  colourOf: ColourOf;
  ranked: readonly string[];
  onPick: (n: number) => void;
}

const W = 600;
const H = 150;

/** Stacked weights from the least risk to the greatest return. */
export function Along({ all, picked, colourOf, ranked, onPick }: AlongProps) {
  const named = ranked.filter((one) => colourOf(one) >= 0);
  const last = Math.max(1, all.length - 1);
  const bands: { name: string; path: string; colour: string }[] = [];
  let base = all.map(() => 0);
  const layer = (name: string, sizes: number[], colour: string): void => {
    const top = base.map((from, n) => from + sizes[n]!);
    const edge = (values: number[], back: boolean): string => {
      const line = values.map((v, n) => `${((n / last) * W).toFixed(1)} ${(H - v * H).toFixed(1)}`);
      return (back ? line.reverse() : line).join("L");
    };
    if (sizes.some((one) => one > HELD)) bands.push({ name, colour, path: `M${edge(base, false)}L${edge(top, true)}Z` });
    base = top;
  };
  for (const name of named) layer(name, all.map((one) => Math.max(0, one[name] ?? 0)), cssColour(colourOf(name)));
  layer("Other", all.map((one) => Object.entries(one).filter(([name]) => !named.includes(name)).reduce((sum, [, w]) => sum + Math.max(0, w), 0)), "var(--other)");
  const pick = (e: MouseEvent): void => {
    const box = (e.currentTarget as Element).getBoundingClientRect();
    onPick(Math.round(((e.clientX - box.left) / box.width) * last));
  };
  const step = (e: KeyboardEvent): void => {
    const to = stepped(e.key, picked, all.length, -1);
    if (to === null) return;
    e.preventDefault();
    onPick(to);
  };
  const held = picked === null ? [] : rankedByWeight(all[picked]!).filter((one) => Math.abs(all[picked]![one]!) > HELD);
  const says = picked === null ? "" : `Portfolio ${picked + 1} of ${all.length}: ${held.slice(0, 5).map((one) => `${one} ${percent(all[picked]![one])}`).join(", ")}${held.length > 5 ? ` and ${held.length - 5} more` : ""}`;
  return (
    <>
      <div class="walk" tabIndex={0} role="group" aria-roledescription="chart" aria-label="Weights along the frontier. Arrow keys walk along it." onKeyDown={step}>
      <svg class="along" viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" role="img" aria-label="Weights along the frontier, from the least risk to the greatest return" onClick={pick}>
        {bands.map((one) => <path key={one.name} d={one.path} style={{ fill: one.colour }}><title>{one.name}</title></path>)}
        {picked !== null && <line class="here" x1={(picked / last) * W} x2={(picked / last) * W} y1="0" y2={H} vector-effect="non-scaling-stroke" />}
      </svg>
      </div>
      <p class="which" role="status">{says}</p>
      <p class="ends"><span>least risk</span><span>greatest return</span></p>
      <p class="legend">{bands.map((one) => <span key={one.name}><i class="swatch" style={{ background: one.colour }} />{one.name}</span>)}</p>
    </>
  );
}
