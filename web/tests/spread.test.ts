import { describe, expect, it } from "vitest";
import { gainTicks } from "../src/charts/lines";
import { spreadOf, spreadOption, spreadStops } from "../src/charts/spread";
import { lossRows } from "../src/panels/path_losses";
import { fanSoFar } from "../src/results/simulation";

const look = { series: ["#000"] } as unknown as Parameters<typeof spreadOption>[3];

describe("where paths end", () => {
  const spread = spreadOf({ edges: [0.9, 1, 1.1], shares: [0.25, 0.75] }, 1);
  it("draws each bin as high as its share, and lines where they are", () => {
    const option = spreadOption(spread, [{ at: -0.2, text: "VaR" }], "After 1 year", look) as { series: { data: number[][]; markLine: { data: { xAxis: number }[] } }[]; xAxis: { min: number } };
    expect(option.series[0]!.data.map(([x, y]) => [Number(x!.toFixed(9)), y])).toEqual([[-0.1, 0.25], [0, 0.75], [0.1, 0.75]]);
    expect(option.series[0]!.markLine.data[0]!.xAxis).toBe(-0.2);
    expect(option.xAxis.min).toBeLessThanOrEqual(-0.2); // a line beyond the bins is in the picture
  });
  it("says each bin in words", () => {
    expect(spreadStops(spread)[0]!.says).toBe("\u221210.0\u202f% to 0.0\u202f%: 25.0\u202f% of the paths");
  });
  it("has round gains on a logarithmic axis, nothing among them", () => {
    expect(gainTicks(-0.35, 0.6)).toEqual([-0.2, 0, 0.2, 0.4]);
  });
  it("puts the losses of a horizon and a method in one row", () => {
    const loss = (horizon: number, level: number, method: string, value: number) => ({ horizon, level, method, value_at_risk: value, value_at_risk_error: null, expected_shortfall: null, expected_shortfall_error: null });
    const rows = lossRows([loss(10, 0.95, "normal", 2), loss(1, 0.99, "normal", 3), loss(1, 0.95, "normal", 1)]);
    expect(rows.map((one) => [one.horizon, one.at.map((each) => each?.value_at_risk ?? null)])).toEqual([[1, [1, 3]], [10, [2, null]]]);
  });
  it("shows of each session the latest that was said", () => {
    const slice = (session: number, value: number) => ({ kind: "fan" as const, session, levels: [0.5], values: [value] });
    expect(fanSoFar([slice(10, 1.1), slice(5, 1.05), slice(10, 1.2)])).toEqual([{ session: 0, values: [1] }, { session: 5, values: [1.05] }, { session: 10, values: [1.2] }]);
  });
});
