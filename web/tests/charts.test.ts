import { describe, expect, it } from "vitest";
import { capitalLine, drawnOf, frontierOption, MOST_DOTS, nearest, pixel, type Picture, scaleOf, sides, spot, wobbleOf } from "../src/charts/frontier";
import { type Kept, keptOption, keptSays, rangeOfKept } from "../src/charts/health";
import { falls, fanOf, fanOption, fanSays, overTime, thinned } from "../src/charts/lines";
import { layersOf, layersOption, layerStops } from "../src/charts/layers";
import { colours } from "../src/charts/look";
import { yearsOption, yearsSay } from "../src/charts/years";
import { stressBars } from "../src/panels/stresses";
import { placeIn, rangeOf } from "../src/panels/interval";
import { look, seriesOf } from "./look";

const at = (name: string, risk: number, reward: number) => ({ name, risk, reward });

describe("the picture of a frontier", () => {
  const assets = [at("A", 0.15, 0.1), at("B", 0.2, 0.12), at("C", 0.25, 0.05), at("D", 0.3, 0.15), at("FAR", 2.0, 0.2)];
  const points = [at("", 0.14, 0.09), at("", 0.16, 0.11), at("", 0.22, 0.14)];
  const picture: Picture = { risk: "volatility", assets, points, best: points[1]!, least: points[0]!, beside: [at("yours", 0.18, 0.1)], earlier: [at("", 0.15, 0.08), at("", 0.2, 0.11)] };
  const scale = scaleOf({ assets, ends: [...points, ...picture.earlier] });
  const option = frontierOption(picture, scale, null, colours(["A", "B"]), look, 700, 430);

  it("has axes that hold every end, and are not stretched by one asset far out", () => {
    for (const one of [...points, ...picture.earlier]) {
      expect(one.risk).toBeGreaterThanOrEqual(scale.x.min);
      expect(one.risk).toBeLessThanOrEqual(scale.x.max);
      expect(one.reward).toBeGreaterThanOrEqual(scale.y.min);
      expect(one.reward).toBeLessThanOrEqual(scale.y.max);
    }
    expect(scale.x.max).toBeLessThan(1);
  });
  it("draws the assets in their colours, the far one at the edge with its risk in words", () => {
    const dots = seriesOf(option)[0]!.data as { value: [number, number]; itemStyle: { color: string }; label: { formatter: string } }[];
    expect(dots.map((one) => one.itemStyle.color)).toEqual(["s1", "s2", "grey", "grey", "grey"]);
    expect(dots[4]!.value[0]).toBeLessThanOrEqual(scale.x.max);
    expect(dots[4]!.label.formatter).toContain("200\u202f%");
  });
  it("draws the frontier before it as a dashed line behind the points", () => {
    const [, ghost, line] = seriesOf(option).filter((one) => one.type === "line");
    expect(ghost!.data).toEqual([[0.15, 0.08], [0.2, 0.11]]);
    expect(ghost!.lineStyle!.type).toEqual([6, 5]);
    expect(line!.data).toEqual(points.map((one) => [one.risk, one.reward]));
  });
  it("has a band of other pasts behind everything, where it is known", () => {
    const band = wobbleOf({ draws: 100, left_out: 0, sessions: 500, level: 0.9, risk: [0.1, 0.15, 0.2], low: [null, 0.05, 0.06], middle: [null, 0.1, 0.12], high: [null, 0.16, 0.2] });
    expect(band).toEqual([{ risk: 0.15, low: 0.05, high: 0.16 }, { risk: 0.2, low: 0.06, high: 0.2 }]);
    const [low, width] = seriesOf(frontierOption({ ...picture, band }, scale, null, colours([]), look, 700, 430)) as unknown as { data: number[][]; stack: string; z: number }[];
    expect(low!.data).toEqual([[0.15, 0.05], [0.2, 0.06]]);
    expect(width!.data[0]![1]).toBeCloseTo(0.11);
    expect(width!.stack).toBe(low!.stack);
    expect(low!.z).toBeLessThan(2);
    expect(wobbleOf(null)).toEqual([]);
  });
  it("rings the point that is picked, and stars the best", () => {
    const picked = frontierOption(picture, scale, points[2]!, colours([]), look, 700, 430);
    expect(seriesOf(picked).at(-1)!.data).toEqual([[0.22, 0.14]]);
    expect(seriesOf(option).at(-1)!.data).toEqual([]);
    expect((seriesOf(option).at(-2)!.data as { value: number[] }[])[0]!.value).toEqual([0.16, 0.11]);
  });
  it("finds the point under a pointer, and none far from all", () => {
    const [x, y] = pixel(points[1]!, scale, 700, 430);
    expect(nearest(points, [x + 5, y - 5], scale, 700, 430)).toBe(1);
    expect(nearest(points, [0, 0], scale, 700, 430)).toBeNull();
  });
  it("leaves a label out rather than let two collide", () => {
    const crowd = Array.from({ length: 12 }, () => ({ spot: at("X", 0.2, 0.1), text: "a long name" }));
    const places = sides(crowd, [], scale, 700, 430);
    expect(places.filter((one) => one !== null).length).toBeLessThanOrEqual(4);
  });
  it("draws an even part of thousands of assets, those with a colour among them, and labels few", () => {
    const many = Array.from({ length: 5000 }, (_, n) => at(`T${n}`, 0.1 + n / 25_000, 0.05 + (n % 97) / 1000));
    const held = colours(["T4999", "T17"]);
    const drawn = drawnOf(many, held);
    expect(drawn.length).toBeLessThanOrEqual(MOST_DOTS + 1);
    expect(drawn.slice(0, 2).map((one) => one.name)).toEqual(["T17", "T4999"]);
    const risks = drawn.map((one) => one.risk);
    expect(Math.min(...risks)).toBeCloseTo(0.1, 2);
    const dots = seriesOf(frontierOption({ ...picture, assets: many }, scale, null, held, look, 700, 430))[0]!.data as { label: { show: boolean } }[];
    expect(dots.length).toBe(drawn.length);
    expect(dots.filter((one) => one.label.show).length).toBeLessThanOrEqual(60);
    expect(drawnOf(assets, held)).toBe(assets);
  });
  it("adds cash to the best along a line that stays inside, and none where cash earns more", () => {
    const [from, to] = capitalLine({ ...picture, cash: 0.02 }, scale);
    expect((to![1] - from![1]) / (to![0] - from![0])).toBeCloseTo((0.11 - 0.02) / 0.16, 9);
    expect(from![0]).toBeGreaterThanOrEqual(scale.x.min);
    expect(to![0]).toBeLessThanOrEqual(1.25 * 0.16 + 1e-12);
    expect(capitalLine({ ...picture, cash: 0.2 }, scale)).toEqual([]);
    expect(capitalLine(picture, scale)).toEqual([]);
  });
  it("names the portfolios to compare with beside their marks", () => {
    const diamonds = seriesOf(option).filter((one) => (one as unknown as { symbol: string }).symbol === "diamond");
    expect((diamonds[0]!.data as { label: { show: boolean; formatter: string } }[])[0]!.label).toMatchObject({ show: true, formatter: "yours" });
  });
  it("knows no spot without its numbers", () => {
    expect(spot({ risk: null, expected_return: 0.1 })).toBeNull();
    expect(spot(null)).toBeNull();
  });
});

describe("a fan", () => {
  const levels = [0.05, 0.25, 0.5, 0.75, 0.95];
  const fan = [{ session: 0, values: [1, 1, 1, 1, 1] }, { session: 252, values: [0.8, 0.95, 1.1, 1.2, 1.5] }];

  it("stacks each band from its lower level by its width", () => {
    const series = seriesOf(fanOption(fan, levels, 1.2, look));
    expect(series).toHaveLength(5); // two bands of two, and the middle
    const low = series[0]!.data as [number, number][]; // a fall, from which the band is stacked upwards
    expect(low[0]).toEqual([0, 0]);
    expect(low[1]![1]).toBeCloseTo(-0.2);
    expect(series[0]).toMatchObject({ stackStrategy: "all" });
    const width = (series[1]!.data as [number, number][])[1]!;
    expect(width[1]).toBeCloseTo(0.7);
    expect((series.at(-1)!.data as [number, number][])[1]![1]).toBeCloseTo(0.1);
  });
  it("is said in a sentence", () => {
    expect(fanSays(fan, levels)).toBe("After 1 year: between \u221220.0\u202f% and 50.0\u202f% with a probability of 90\u202f%; the middle is 10.0\u202f%.");
    expect(fanSays([], levels)).toBe("The simulation has not begun.");
  });
});

describe("lines over time", () => {
  const long = Array.from({ length: 7560 }, (_, n) => 1 + n / 1000);
  long[4000] = 0.1; // a crash of one session
  it("are thinned to what can be drawn, and keep their ends and extremes", () => {
    const places = thinned(long, 900);
    expect(places.length).toBeLessThanOrEqual(900);
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBe(7559);
    expect(places).toContain(4000);
    expect(thinned([1, 2, 3])).toEqual([0, 1, 2]);
  });
  it("are told apart by dashes as well, and any beyond four is thin", () => {
    const dates = ["2020-01-01", "2020-01-02"];
    const lines = ["a", "b", "c", "d", "e"].map((name) => ({ name, values: [1, 2] }));
    const series = seriesOf(overTime({ dates, lines, format: String, log: true }, look));
    expect(series.map((one) => one.name)).toEqual(["a", "b", "c", "d", "e"]);
    expect(new Set(series.map((one) => String(one.lineStyle!.type))).size).toBe(5);
    expect(series[0]!.data).toEqual([["2020-01-01", 1], ["2020-01-02", 2]]);
  });
  it("fall below their peak and never rise above it", () => {
    expect(falls([1, 2, 1, null, 3])).toEqual([0, 0, -0.5, null, 0]);
  });
});

describe("years", () => {
  const years = [{ year: 2007, own: 0.1, beside: 0.05 }, { year: 2008, own: -0.3, beside: -0.4 }, { year: 2009, own: null, beside: 0.2 }];
  it("stand beside each other, and have no second column without a second strategy", () => {
    expect(seriesOf(yearsOption(years, ["mine", "equal weight"], look)).map((one) => one.data)).toEqual([[0.1, -0.3, null], [0.05, -0.4, 0.2]]);
    expect(seriesOf(yearsOption(years, ["mine", ""], look))).toHaveLength(1);
  });
  it("are said in a sentence that counts those that are known", () => {
    expect(yearsSay(years, "mine")).toBe("mine gained in 1 of 2 years; the best was 2007 (10.0\u202f%), the worst 2008 (\u221230.0\u202f%).");
    expect(yearsSay([], "mine")).toBe("No calendar year is known.");
  });
});

describe("stresses and intervals", () => {
  it("are the worst first, in per cent and in money", () => {
    const stress = (name: string, loss: number) => ({ name, loss, verdict: "", assets: [] }) as never;
    const bars = stressBars([stress("shock", 0.1), stress("crisis of 2008", 0.4), stress("rally", -0.2)], 25_000);
    expect(bars.map((one) => one.name)).toEqual(["Crisis of 2008", "Shock", "Rally"]);
    expect(bars[0]!.texts).toEqual(["\u221240.0\u202f%", "\u221210,000"]);
    expect(bars[2]!.texts).toEqual(["+20.0\u202f%", "+5,000"]);
  });
  it("have a scale that holds what is known", () => {
    const range = rangeOf([null, 0.1, 0.3, NaN, undefined]);
    expect(range.low).toBeLessThan(0.1);
    expect(range.high).toBeGreaterThan(0.3);
    expect(rangeOf([])).toEqual({ low: 0, high: 1 });
    expect(placeIn(0.2, { low: 0, high: 0.4 })).toBe("50.00%");
    expect(placeIn(9, { low: 0, high: 0.4 })).toBe("100.00%");
  });
});

describe("the health of forecasts over time", () => {
  const kept: Kept = {
    dates: ["2020-01-31", "2020-02-28", "2020-03-31"], values: [0.55, null, 0.45], promised: 0.5,
    alarms: [{ since: "2020-02-28", raised: "2020-03-31", ended: null }], format: (x) => `${x}`,
  };

  it("has what is promised in the picture, however far it is from what was measured", () => {
    const range = rangeOfKept({ ...kept, promised: 0.9 })!;
    expect(range.min).toBeLessThan(0.45);
    expect(range.max).toBeGreaterThan(0.9);
    expect(rangeOfKept({ ...kept, values: [null, null, null] })).toBeNull();
  });
  it("shades an alarm that has not ended to the last session", () => {
    const [line] = seriesOf(keptOption(kept, look)) as unknown as { markArea: { data: unknown }; markLine: { data: unknown } }[];
    expect(line!.markArea.data).toEqual([[{ xAxis: "2020-02-28" }, { xAxis: "2020-03-31" }]]);
    expect(line!.markLine.data).toEqual([{ yAxis: 0.5 }]);
  });
  it("says the latest value, what is promised, and the alarms", () => {
    expect(keptSays(kept, "Signs")).toBe("Signs, 2020-01-31 to 2020-03-31: 0.45 now, 0.5 promised, 1 alarm.");
    expect(keptSays({ ...kept, alarms: [] }, "Signs")).toContain("no alarm");
  });
});

describe("the forecasts of one asset over all horizons", () => {
  it("begin at 1 now, and leave out what is not known", () => {
    const fan = fanOf([{ horizon: 1, low: -0.02, mean: 0.001, high: 0.02 }, { horizon: 5, low: null, mean: 0.002, high: null }, { horizon: 21, low: -0.1, mean: 0.01, high: 0.12 }]);
    expect(fan.map((one) => one.session)).toEqual([0, 1, 21]);
    expect(fan[0]!.values).toEqual([1, 1, 1]);
    expect(fan[2]!.values[2]).toBeCloseTo(1.12);
  });
});

describe("what was held over time", () => {
  const months = ["2020-01-31", "2020-02-28"];
  const held = Array.from({ length: 9 }, (_, n) => ({ ticker: `T${n}`, weights: [0.08, 0.09] }));
  const layers = layersOf(held, { T8: 0.5, T3: 0.2 });

  it("is stacked to the whole, the largest of today first, the rest together, cash last", () => {
    expect(layers.map((one) => one.name)).toEqual(["T8", "T3", "T0", "T1", "T2", "T4", "T5", "Other", "Cash"]);
    for (const n of [0, 1]) expect(layers.reduce((sum, one) => sum + one.shares[n]!, 0)).toBeCloseTo(1, 12);
    expect(layerStops(months, layers)[1]!.says).toContain("T8 9.0\u202f%");
  });
  it("reaches above the whole only where something was borrowed", () => {
    const top = (weights: number[]): unknown => (layersOption(months, layersOf([{ ticker: "A", weights }], {}), { first: months[0]!, last: months[1]! }, look) as { yAxis: { max: number } }).yAxis.max;
    expect(top([1, 1.0004])).toBe(1);
    expect(top([0.4, 1.32])).toBe(1.4);
  });
});

describe("pictures of one part of the time", () => {
  const dates = ["2020-01-01", "2020-06-01", "2021-01-01"];
  const over = { dates, lines: [{ name: "own", values: [1, 1.2, 1.1] }], format: String };
  type Zoomed = { dataZoom?: { type: string; startValue: string; endValue: string }[]; xAxis: { min?: string; max?: string } };
  const drawn = (from?: string, slider = false): Zoomed => overTime({ ...over, window: { first: "2019-01-01", last: "2021-01-01", slider, ...(from ? { from } : {}) } }, look) as unknown as Zoomed;

  it("have the same axis, whatever their own days are, and one of them the strip to draw at", () => {
    expect([drawn().xAxis.min, drawn().xAxis.max]).toEqual(["2019-01-01", "2021-01-01"]);
    expect(drawn().dataZoom!.map((one) => one.type)).toEqual(["inside"]);
    expect(drawn("2020-06-01", true).dataZoom!.map((one) => [one.type, one.startValue])).toEqual([["inside", "2020-06-01"], ["slider", "2020-06-01"]]);
    expect((overTime(over, look) as unknown as Zoomed).dataZoom).toBeUndefined();
  });
  it("mark the days of trades at the foot, out of the reach of the pointer", () => {
    const marks = seriesOf(overTime({ ...over, ticks: ["2020-06-01"] }, look)).at(-1) as unknown as { type: string; silent: boolean; data: unknown };
    expect([marks.type, marks.silent, marks.data]).toEqual(["scatter", true, [["2020-06-01", 0]]]);
  });
});
