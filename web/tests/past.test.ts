import { describe, expect, it } from "vitest";
import { keptOption, rangeOfKept } from "../src/charts/health";
import { cameOf, pastOption, pastSays, pastStops } from "../src/charts/past";
import { look, seriesOf } from "./look";

const days = ["2020-01-02", "2020-02-03", "2020-03-04", "2020-04-02"];
const past = { ticker: "KO", low: [-0.05, -0.06, -0.07, null], mean: [0.01, 0.01, 0, null], high: [0.06, 0.07, 0.08, null], outcome: [0.02, 0.09, -0.2, 0.1], inside: 40, known: 60 };
const came = cameOf(days, past);

describe("past forecasts beside what happened", () => {
  it("are those whose interval and outcome are known", () => {
    expect(came.map((one) => [one.day, one.inside])).toEqual([[days[0], true], [days[1], false], [days[2], false]]);
  });
  it("are a band from end to end, and marks that differ in shape outside it", () => {
    const [low, width, mean, inside, outside] = seriesOf(pastOption(came, look));
    expect(low!.data[0]).toEqual([days[0], -0.05]);
    expect((width!.data[0] as [string, number])[1]).toBeCloseTo(0.11);
    expect(mean!.data).toHaveLength(3);
    expect(inside!.data).toEqual([[days[0], 0.02]]);
    expect(outside!.data).toEqual([[days[1], 0.09], [days[2], -0.2]]);
    expect((inside as unknown as { symbol: string }).symbol).not.toBe((outside as unknown as { symbol: string }).symbol);
  });
  it("say of each where the outcome was, and of all how many were inside", () => {
    const said = pastStops(came).map((one) => one.says);
    expect(said[0]).toBe("2020-01-02: forecast +1.00\u202f%, \u22125.0\u202f% to +6.0\u202f%; it was +2.0\u202f%, inside");
    expect(said[1]).toMatch(/above$/);
    expect(said[2]).toMatch(/below$/);
    expect(pastSays(past, 0.9)).toBe("40 of 60 outcomes were inside their 90\u202f% interval; 54 were to be.");
    expect(pastSays({ inside: 0, known: 0 }, 0.9)).toBe("No outcome is known yet.");
  });
});

describe("coverage over time", () => {
  const kept = { dates: days, values: [0.9, 0.89, 0.91, 0.9], promised: 0.9, alarms: [], usual: [0.8, 0.97] as const, format: String };
  it("has room for what luck alone makes of it, which is shaded", () => {
    const range = rangeOfKept(kept)!;
    expect(range.min).toBeLessThan(0.8);
    expect(range.max).toBeGreaterThan(0.97);
    const [line] = seriesOf(keptOption(kept, look)) as unknown as { markArea: { data: { yAxis?: number }[][] } }[];
    expect(line!.markArea.data.map((ends) => ends.map((one) => one.yAxis))).toEqual([[0.8, 0.97]]);
  });
});
