import { expect, it } from "vitest";
import type { Schemas } from "../src/api";
import { effectBars, fallBars, layerBars, returnBars, riskBars, riskBy } from "../src/panels/parts";
import { stressBars } from "../src/panels/stresses";
import { drawn, savedBeside } from "../src/results/over_time";

const part = (name: string, share: number, exposure: number) => ({ name, share, exposure, component: share / 10 });
const attribution = { assets: [part("A", 0.3, 0.5), part("B", 0.7, 0.5)], sectors: [], factors: [part("MARKET", 1.1, 0.9), part("SIZE", -0.1, 0.2)], principal: [], annual_volatility: 0.1, factors_annual_volatility: 0.09 } as unknown as Schemas["Attribution"];

it("draws the risk by what there are parts of, the most first", () => {
  expect(riskBy(attribution)).toEqual(["assets", "factors"]);
  expect(riskBars(attribution, "assets").bars.map((one) => [one.name, one.value, one.tick])).toEqual([["B", 0.7, 0.5], ["A", 0.3, 0.5]]);
  expect(riskBars(attribution, "factors").bars[1]).toMatchObject({ value: -0.1, texts: ["\u221210.0\u202f%", "0.20"] });
});

it("says how many smaller parts are not drawn, and adds interest and costs", () => {
  const assets = Array.from({ length: 15 }, (_, n) => ({ name: `T${n}`, annual: n / 1000, weight: 0.05 }));
  const drawn = returnBars({ assets, cash: 0.01, costs: -0.002 } as unknown as Schemas["ReturnAttribution"], "assets");
  expect(drawn.left).toBe(3);
  expect(drawn.bars.map((one) => one.name)).toEqual([...Array.from({ length: 12 }, (_, n) => `T${14 - n}`), "Interest on cash", "Costs"]);
  expect(effectBars({ assets: [{ ticker: "A", effect: 0.01, move: 0.1 }, { ticker: "B", effect: -0.2, move: -0.4 }] } as never).bars[0]!.name).toBe("B");
});

it("holds what came against what was expected", () => {
  const layers = { layers: [{ name: "amount", expected: -0.06, luck: 0.01, realised: -0.05, t: 1 }], interest: 0.02, costs: -0.003 } as unknown as Schemas["ReturnLayers"];
  expect(layerBars(layers).bars.map((one) => [one.name, one.value, one.tick])).toEqual([["Amount invested", -0.05, -0.06], ["Interest on cash", 0.02, 0.02], ["Costs", -0.003, -0.003]]);
});

it("says of a fall that it is not recovered", () => {
  const fall = { peak: "2020-02-19", bottom: "2020-03-23", recovered: null, depth: -0.3, sessions: 40 };
  expect(fallBars([fall]).bars[0]!.texts).toEqual(["\u221230.0\u202f%", "40", "not yet"]);
});

it("says how uncertain a shock is", () => {
  const one = (name: string, loss: number, error: number | null) => ({ name, loss, error, verdict: "", assets: [] }) as unknown as Schemas["Stressed"];
  expect(stressBars([one("crisis", 0.2, null), one("shock", 0.5, 0.012)], 1000).map((bar) => bar.texts[0])).toEqual(["\u221250.0\u202f% \u00b1 1.2", "\u221220.0\u202f%"]);
});

it("draws equal weights and the index before others", () => {
  const all = ["own", "inverse volatility", "classical", "index", "equal weight"].map((name) => ({ name }));
  expect(drawn(all).map((one) => one.name)).toEqual(["own", "equal weight", "index", "inverse volatility"]);
  expect(drawn([])).toEqual([]);
  const baselines = [...["b", "c", "d", "e"].map((called) => ({ kind: "fixed_weights", called })), { kind: "equal_weight" }];
  const saved = savedBeside({ study: { baselines } });
  expect(saved).toEqual(["b", "c", "d", "e"]);
  const beside = ["own", "index", "b", "equal weight", "c", "d", "e"].map((name) => ({ name }));
  expect(drawn(beside, saved).map((one) => one.name)).toEqual(["own", "b", "c", "d", "e"]);
  expect(drawn(beside.slice(0, 4), ["b"]).map((one) => one.name)).toEqual(["own", "b", "equal weight", "index"]);
  expect(savedBeside({ study: {} })).toEqual([]);
});
