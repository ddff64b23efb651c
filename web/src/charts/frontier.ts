/** The frontier's picture: axes that stay for the whole run, labels that do not collide. */
import type { Schemas } from "../api";
import { type Axis, decimals, nice, words } from "../format";
import type { Bounds, Point } from "../run";
import type { Option } from "./chart";
import { type ColourOf, DASHES, type Look } from "./look";

export interface Spot {
  name: string;
  risk: number;
  reward: number;
}

/** What is drawn; a spot that is not known is not among it. */
export interface Picture {
  risk: string; // what the frontier minimises, such as volatility
  assets: readonly Spot[];
  points: readonly Spot[];
  best: Spot | null;
  least: Spot | null;
  beside: readonly Spot[]; // portfolios to compare with, such as equal weights
  earlier: readonly Spot[]; // the frontier of an earlier run
  others?: readonly (readonly Spot[])[]; // more than one such, told apart by colour and dash
  band?: readonly Wobble[]; // where frontiers of other pasts lie
  cash?: number | null; // what is earned without risk: from there the line through the best rises
}

/** What frontiers of other pasts expect at a risk. */
export interface Wobble {
  risk: number;
  low: number;
  high: number;
}

export function wobbleOf(band: Schemas["FrontierBand"] | null | undefined): Wobble[] {
  return (band?.risk ?? []).flatMap((risk, n) => {
    const [low, high] = [band!.low[n], band!.high[n]];
    return typeof low === "number" && typeof high === "number" ? [{ risk, low, high }] : [];
  });
}

export interface Scale {
  x: Axis;
  y: Axis;
}

type Given = { name?: string; risk: number | null; expected_return: number | null };

export function spot(given: Given | null | undefined, name = ""): Spot | null {
  if (!given || given.risk === null || given.expected_return === null) return null;
  return { name: given.name || name, risk: given.risk, reward: given.expected_return };
}

export const spots = (given: readonly Given[]): Spot[] => given.map((one) => spot(one)).filter((one) => one !== null);

export const livePoints = (points: readonly Point[]): Spot[] =>
  points.map((one) => spot(one.spot)).filter((one) => one !== null);

export function fromBounds(bounds: Bounds, points: readonly Point[]): Picture {
  return {
    risk: bounds.risk_measure, assets: spots(bounds.assets), points: livePoints(points), best: spot(bounds.best),
    least: spot(bounds.lowest), beside: [], earlier: [],
  };
}

/** Fixed by what is known before the first point. An asset far out would squeeze all else: it goes to the edge. */
export function scaleOf(bounds: { assets: readonly Spot[]; ends: readonly Spot[] }): Scale {
  const risks = bounds.assets.map((one) => one.risk).sort((a, b) => a - b);
  const ends = bounds.ends.map((one) => one.risk);
  const most = Math.max(risks[Math.floor(0.8 * (risks.length - 1))] ?? 0, ...ends);
  const least = Math.min(risks[0] ?? Infinity, ...ends);
  const rewards = [...bounds.assets, ...bounds.ends].map((one) => one.reward);
  const [low, high] = [Math.min(...rewards), Math.max(...rewards)];
  const room = Math.max(0.07 * (high - low), 0.004);
  return { x: nice(Math.max(0, least - 0.12 * (most - least)), most + 0.04 * (most - least), 6), y: nice(low - room, high + room, 5) };
}

export const GRID = { left: 64, right: 24, top: 18, bottom: 48 };

export function pixel(spot: Spot, scale: Scale, width: number, height: number): [number, number] {
  const { x, y } = scale;
  const across = (Math.min(spot.risk, x.max) - x.min) / (x.max - x.min);
  const up = (spot.reward - y.min) / (y.max - y.min);
  return [
    GRID.left + across * (width - GRID.left - GRID.right),
    height - GRID.bottom - up * (height - GRID.top - GRID.bottom),
  ];
}

/** The point that a pointer is near enough to mean. */
export function nearest(points: readonly Spot[], at: [number, number], scale: Scale, width: number, height: number): number | null {
  let best: number | null = null;
  let least = 28;
  points.forEach((point, n) => {
    const [x, y] = pixel(point, scale, width, height);
    const distance = Math.hypot(x - at[0], y - at[1]);
    if (distance < least) [best, least] = [n, distance];
  });
  return best;
}

type Box = readonly [number, number, number, number];
type Side = "right" | "left" | "top" | "bottom";

const hits = (a: Box, b: Box): boolean => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
const around = ([x, y]: [number, number], r: number): Box => [x - r, y - r, x + r, y + r];

/** A free side for each label, against dots, the line and other labels; none is left out of the picture. */
export function sides(labels: readonly { spot: Spot; text: string }[], taken: readonly Box[], scale: Scale, width: number, height: number): (Side | null)[] {
  const busy = [...taken];
  const dots = labels.map(({ spot }) => around(pixel(spot, scale, width, height), 6));
  return labels.map(({ spot, text }, n) => {
    const [x, y] = pixel(spot, scale, width, height);
    const w = text.length * 7.2;
    const boxes: Record<Side, Box> = {
      right: [x + 8, y - 7, x + 8 + w, y + 7],
      left: [x - 8 - w, y - 7, x - 8, y + 7],
      top: [x - w / 2, y - 22, x + w / 2, y - 8],
      bottom: [x - w / 2, y + 8, x + w / 2, y + 22],
    };
    const order: Side[] = spot.risk > scale.x.max ? ["left", "top", "bottom"] : ["right", "left", "top", "bottom"];
    const free = order.find((side) => {
      const box = boxes[side];
      const inside = box[0] > GRID.left && box[2] < width - 4 && box[1] > 2 && box[3] < height - GRID.bottom;
      return inside && !busy.some((one) => hits(box, one)) && !dots.some((one, m) => m !== n && hits(box, one));
    });
    if (free) busy.push(boxes[free]);
    return free ?? null;
  });
}

export const MOST_DOTS = 800; // assets that are drawn; more would be a cloud, and slow
const MOST_LABELS = 60;

/** The assets that are drawn: those that have a colour, and of the others an even part of all risks. */
export function drawnOf(assets: readonly Spot[], colourOf: ColourOf, most = MOST_DOTS): readonly Spot[] {
  if (assets.length <= most) return assets;
  const named = assets.filter((one) => colourOf(one.name) >= 0);
  const others = assets.filter((one) => colourOf(one.name) < 0).sort((a, b) => a.risk - b.risk);
  const step = others.length / Math.max(1, most - named.length);
  return [...named, ...others.filter((_, n) => Math.floor(n / step) !== Math.floor((n - 1) / step))];
}

const BEYOND = 1.25; // times the risk of the best: how far it is drawn with borrowed cash

/** The line on which cash is added to the best, as far as it lies inside; nothing where cash earns more. */
export function capitalLine({ cash, best }: Picture, { x, y }: Scale): [number, number][] {
  if (typeof cash !== "number" || !best || best.reward <= cash || best.risk <= 0) return [];
  const slope = (best.reward - cash) / best.risk;
  const from = Math.max(x.min, (y.min - cash) / slope);
  const to = Math.min(x.max, BEYOND * best.risk, (y.max - cash) / slope);
  return to > from ? [[from, cash + slope * from], [to, cash + slope * to]] : [];
}

const STAR = "path://M12 1.6l3.1 6.6 7.2.9-5.3 5 1.4 7.1L12 17.7l-6.4 3.5L7 14.1l-5.3-5 7.2-.9z";

const OVER: Record<string, string> = {
  volatility: ", a year", active_risk: ", a year", cvar: " of a session", robust_cvar: " of a session", evar: " of a session", rlvar: " of a session",
};
/** A risk measure as the name of an axis, with the time that it is of. */
export const riskWord = (measure: string): string => `${words(measure)}${OVER[measure] ?? ""}`;

const OTHERS = [...DASHES.slice(1), [4, 3]] as const; // as the lines over time are dashed, and one more

export function frontierOption(whole: Picture, scale: Scale, picked: Spot | null, colourOf: ColourOf, look: Look, width: number, height: number): Option {
  const picture = { ...whole, assets: drawnOf(whole.assets, colourOf) };
  const out = (one: Spot): boolean => one.risk > scale.x.max;
  const texts = picture.assets.map((one) => (out(one) ? `${one.name} ${(one.risk * 100).toFixed(0)}\u202f% \u2192` : one.name));
  const sized = (some: readonly (Spot | null)[], size: number): Box[] => some.filter((one) => one !== null).map((one) => around(pixel(one, scale, width, height), size));
  const taken = [...sized([picture.best], 13), ...sized([picture.least, ...picture.beside], 7), ...picture.points.map((one) => around(pixel(one, scale, width, height), 4))];
  const small = width < 480;
  const beside = picture.beside.map((one) => ({ spot: one, text: small ? one.name.split(" ")[0]! : one.name }));
  const labels = [
    ...beside,
    ...picture.assets.slice(0, MOST_LABELS).map((one, n) => ({ spot: one, text: texts[n]! })),
  ];
  const places = sides(labels, taken, scale, width, height);
  const label = (n: number, text: string, color: string) => ({ show: (places[n] ?? null) !== null, position: places[n] ?? "right", formatter: text, color, fontSize: 11, distance: 5 });
  const axis = (range: Axis, name: string, gap: number) => ({
    type: "value", min: range.min, max: range.max, interval: range.step, name, nameLocation: "middle", nameGap: gap,
    nameTextStyle: { color: look.muted, fontSize: 12 },
    axisLabel: { color: look.muted, fontSize: 12, hideOverlap: true, formatter: (v: number) => `${(v * 100).toFixed(decimals(range.step)).replace("-", "\u2212")}\u202f%` },
    axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: look.line } },
  });
  const band = picture.band ?? [];
  const bare = { type: "line", z: 1, silent: true, symbol: "none", stack: "band", stackStrategy: "all", lineStyle: { opacity: 0 } };
  const edge = scale.x.max - 0.004 * (scale.x.max - scale.x.min);
  const at = (one: Spot): [number, number] => [one.risk, one.reward];
  return {
    textStyle: { fontFamily: look.font },
    grid: GRID,
    xAxis: axis(scale.x, riskWord(picture.risk), 30),
    yAxis: axis(scale.y, "Expected return, a year", 48),
    series: [
      ...(band.length ? [
        { ...bare, data: band.map((one) => [one.risk, one.low]) },
        { ...bare, areaStyle: { color: look.accent, opacity: 0.14 }, data: band.map((one) => [one.risk, one.high - one.low]) },
      ] : []),
      {
        type: "scatter", z: 2, symbolSize: 9,
        data: picture.assets.map((one, n) => {
          const place = colourOf(one.name);
          return {
            value: [out(one) ? edge : one.risk, one.reward], symbol: out(one) ? "triangle" : "circle", symbolRotate: out(one) ? -90 : 0,
            itemStyle: { color: place < 0 ? look.other : look.series[place], borderColor: look.surface, borderWidth: 1.5 },
            label: label(picture.beside.length + n, texts[n]!, look.muted),
          };
        }),
      },
      { type: "line", z: 2, silent: true, data: capitalLine(picture, scale), symbol: "none", lineStyle: { color: look.muted, width: 1.3, type: [4, 4] } },
      { type: "line", z: 3, data: picture.earlier.map(at), symbol: "none", lineStyle: { color: look.muted, width: 2, type: [6, 5] } },
      ...(picture.others ?? []).map((line, n) => ({ type: "line", z: 3, silent: true, data: line.map(at), symbol: "none", lineStyle: { color: look.series[n + 1] ?? look.ink, width: 2, type: OTHERS[n % OTHERS.length] } })),
      {
        type: "line", z: 4, data: picture.points.map(at), symbol: "circle", symbolSize: small ? 5 : 7, showAllSymbol: true,
        lineStyle: { color: look.accent, width: 2.5 }, itemStyle: { color: look.surface, borderColor: look.accent, borderWidth: 2 },
      },
      {
        type: "scatter", z: 3, symbol: "diamond", symbolSize: 13, itemStyle: { color: look.surface, borderColor: look.ink, borderWidth: 2 },
        data: picture.beside.map((one, n) => ({ value: at(one), label: label(n, beside[n]!.text, look.ink) })),
      },
      { type: "scatter", z: 4, symbol: "diamond", symbolSize: 12, itemStyle: { color: look.accent, borderColor: look.ink, borderWidth: 1 }, data: picture.least ? [at(picture.least)] : [] },
      {
        type: "scatter", z: 6, symbol: STAR, symbolSize: 24, itemStyle: { color: look.star, borderColor: look.ink, borderWidth: 1 },
        data: picture.best ? [{ value: at(picture.best), label: { show: true, formatter: small ? "best" : "best ratio", position: "top", align: "right", distance: 2, color: look.ink, fontWeight: 600, fontSize: 12 } }] : [],
      },
      { type: "scatter", z: 7, symbol: "circle", symbolSize: 19, silent: true, itemStyle: { color: "transparent", borderColor: look.ink, borderWidth: 2.5 }, data: picked ? [at(picked)] : [] },
    ],
  };
}
