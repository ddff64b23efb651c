/** Colours by their names, so that a test says which is meant. */
import type { Look } from "../src/charts/look";

export const look: Look = {
  ink: "#000", muted: "#555", line: "#ddd", accent: "#00f", surface: "#fff", star: "#fa0", gain: "#06b", loss: "#d50", font: "sans-serif",
  series: ["s1", "s2", "s3", "s4", "s5", "s6", "s7"], other: "grey", cash: "pale",
};

export type Series = { type: string; data: readonly unknown[]; lineStyle?: { type?: unknown }; name?: string };
export const seriesOf = (option: unknown): Series[] => (option as { series: Series[] }).series;
