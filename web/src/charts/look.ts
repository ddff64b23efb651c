/** Colours: those of the page's tokens for a chart, and one for each asset of a run. */

export interface Look {
  ink: string;
  muted: string;
  line: string;
  accent: string;
  surface: string;
  star: string;
  gain: string;
  loss: string;
  font: string;
  series: readonly string[];
  other: string;
  cash: string;
}

export const SERIES = 7; // colours that people with any colour vision tell apart; the rest is grey

export function lookOf(root: HTMLElement): Look {
  const style = getComputedStyle(root);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: token("ink"), muted: token("muted"), line: token("line"), accent: token("accent"), surface: token("surface"),
    star: token("star"), gain: token("gain"), loss: token("loss"), other: token("other"), cash: token("cash"),
    font: getComputedStyle(document.body).fontFamily.replaceAll('"', "'"), // it stands in an attribute of the saved SVG
    series: Array.from({ length: SERIES }, (_, n) => token(`series-${n + 1}`)),
  };
}

export type ColourOf = (ticker: string) => number; // place among the colours, -1: grey

/** The largest holdings have the colours; they keep them on every panel of a run. */
export function colours(ranked: readonly string[]): ColourOf {
  const places = new Map(ranked.slice(0, SERIES).map((ticker, n) => [ticker, n]));
  return (ticker) => places.get(ticker) ?? -1;
}

export const cssColour = (place: number): string => (place < 0 ? "var(--other)" : `var(--series-${place + 1})`);

export const rankedByWeight = (weights: Record<string, number>): string[] =>
  Object.entries(weights).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).map(([ticker]) => ticker);

/** How lines are told apart without colour. */
export const DASHES = ["solid", [7, 4], [2, 3], [9, 3, 2, 3]] as const;
