import { describe, expect, it } from "vitest";
import type { Schemas } from "../src/api";
import { edgeCurve, edgeOption, edgeSays, sharpeOption } from "../src/charts/capacity";
import { shortMoney } from "../src/format";
import { apartOf, gainsOf } from "../src/results/paper";
import { look, seriesOf } from "./look";

const at = (capital: number, impact: number, sharpe: number) => ({
  capital, extrapolated: false,
  strategies: [{ name: "own", impact, annual_return: 0.1 - impact, sharpe, participation: 0.01 }, { name: "equal weight", impact: impact / 10, annual_return: 0.09, sharpe: 0.5, participation: 0.001 }],
});
const result = {
  edge: 0.04, break_even: 1.6e9, most_money_at: 7e8, most_money: 1e7, tenth_of_volume_at: 3e8, beaten: [], sizes: [at(1e6, 0.001, 0.8), at(1e8, 0.01, 0.7), at(1e10, 0.1, -0.2)],
} as unknown as Schemas["StrategyCapacity"];

describe("what is left of an edge", () => {
  it("falls with the root of the money, and is nothing where it is said to be gone", () => {
    const curve = edgeCurve(result);
    expect(curve[0]!.edge).toBeCloseTo(0.04 - 0.001, 6);
    expect(curve.at(-1)!.capital).toBeCloseTo(4 * 1.6e9, -2);
    expect(curve.at(-1)!.edge).toBeCloseTo(-0.04, 6);
    const crossed = curve.findIndex((one) => one.edge < 0);
    expect(curve[crossed - 1]!.capital).toBeLessThanOrEqual(1.6e9);
    expect(curve[crossed]!.capital).toBeGreaterThan(1.6e9);
  });
  it("is marked where it is gone, where it earns most, and where orders are large", () => {
    const [line] = seriesOf(edgeOption(result, look)) as unknown as { markLine: { data: { xAxis: number; label: { formatter: string } }[] } }[];
    expect(line!.markLine.data.map((one) => one.label.formatter)).toEqual(["earns most: 700\u202fm", "a tenth of the volume: 300\u202fm", "gone: 1.6\u202fbn"]);
  });
  it("is said in a sentence, also where there is none", () => {
    expect(edgeSays(result)).toBe("Its edge of 4.0\u202f% a year over cash is gone at 1.6\u202fbn; it earns most at 700\u202fm.");
    expect(edgeSays({ ...result, edge: -0.01 })).toMatch("no edge");
    expect(edgeSays({ ...result, break_even: null })).toMatch("not used up at any size");
  });
  it("stands beside the others at each size", () => {
    const [own, equal] = seriesOf(sharpeOption(result, look));
    const axis = sharpeOption(result, look)["yAxis"] as { axisLabel: { formatter: (v: number) => string } };
    expect([0.1, 0.15].map(axis.axisLabel.formatter)).toEqual(["0.10", "0.15"]); // no label stands twice
    expect(own!.data).toEqual([[1e6, 0.8], [1e8, 0.7], [1e10, -0.2]]);
    expect(equal!.lineStyle!.type).not.toEqual(own!.lineStyle!.type);
    expect([999, 1e3, 2.5e6, 3e12].map(shortMoney)).toEqual(["999", "1\u202fk", "2.5\u202fm", "3\u202ftn"]);
  });
});

describe("a paper account over time", () => {
  const day = (session: string, value: number, equal: number | null, cost = 0) => ({ session, value, cash: 0, cost, equal_weight: equal, late: false });
  const account = { capital: 100, strategy: "classical", days: [day("2022-11-01", 100, 100), day("2022-11-02", 110, 95, 1)] } as unknown as Schemas["PaperAccount"];
  it("is a gain since it was opened, beside equal weights, with ticks where it traded", () => {
    const { lines, ticks } = gainsOf(account);
    expect(lines.map((one) => one.name)).toEqual(["classical", "equal weight"]);
    expect(lines[0]!.values[1]).toBeCloseTo(0.1);
    expect(lines[1]!.values[1]).toBeCloseTo(-0.05);
    expect(ticks).toEqual(["2022-11-02"]);
  });
  it("stands alone where nothing is known of equal weights", () => {
    expect(gainsOf({ ...account, days: [day("2022-11-01", 100, null)] }).lines).toHaveLength(1);
  });
  it("has its backtest as a third line where that was asked for", () => {
    const days = [{ ...day("2022-11-01", 100, 100), backtest: 100 }, { ...day("2022-11-02", 110, 95), backtest: 120 }];
    const { lines } = gainsOf({ ...account, days });
    expect(lines.map((one) => one.name)).toEqual(["classical", "equal weight", "its backtest"]);
    expect(lines[2]!.values[1]).toBeCloseTo(0.2);
  });
  it("says whether it is its backtest, and since when it is not", () => {
    const beside = { last: "2022-11-02", value: 120, total_return: 0.2, difference: -10, costs: 1, account_costs: 1, apart: null, decisions: 3, others: 0, changes: {} };
    expect(apartOf(beside)).toEqual({ value: "The same", note: "worth the same at every close to 2022-11-02" });
    expect(apartOf({ ...beside, apart: "2022-11-02", others: 1 })).toEqual({ value: "+20.00\u202f%", note: "parts from it on 2022-11-02; 1 of 3 decisions is another" });
    expect(apartOf({ ...beside, apart: "2022-11-02" }).note).toMatch("the same decisions");
  });
});
