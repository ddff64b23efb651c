import { describe, expect, it } from "vitest";
import type { Schemas } from "../src/api";
import { type Judgement, tally } from "../src/panels/judged";
import { placeOf } from "../src/panels/tray";
import { doesWhat } from "../src/results/importance";
import { measuredOf, ranked, shareWithError } from "../src/results/leaderboard";
import { registeredOf, size, statusOf } from "../src/results/registered";

type Score = Schemas["ModelScore"];

const score = (model: string, of: Partial<Score>): Score => ({ kind: "model", model, r2_across: null, qlike: null, ...of }) as Score;

describe("the leaderboard", () => {
  it("has naive forecasts as rows among the models, the best first", () => {
    const rows = [score("a", { r2_across: -0.01 }), score("zero", { kind: "baseline", r2_across: 0.002 }), score("unknown", {}), score("b", { r2_across: 0.01 })];
    expect(ranked(rows).map((one) => one.model)).toEqual(["b", "zero", "a", "unknown"]);
  });

  it("has the least loss of volatility first", () => {
    const rows = [score("EWMA", { kind: "volatility", qlike: 0 }), score("HAR", { kind: "volatility", qlike: -0.05 })];
    expect(ranked(rows).map((one) => one.model)).toEqual(["HAR", "EWMA"]);
  });

  it("says the error of a score beside it, in its unit", () => {
    expect(shareWithError(-0.0103, 0.0052)).toBe("\u22121.03 \u00b1 0.52\u202f%");
    expect(shareWithError(0.0027, null)).toBe("0.27\u202f%");
    expect(shareWithError(null, null)).toBe("n/a");
  });
});

describe("trained models beside the scores", () => {
  const model = (name: string, horizon: number, of: object = {}) => ({ name, horizon, use: "model", aliases: [], bytes: 1, seconds: 1, ...of }) as unknown as Schemas["RegisteredModel"];
  const all = registeredOf([model("ARIMA", 21, { bytes: 2_000, seconds: 3 }), model("LSTM", 21, { bytes: 9 }), model("LSTM", 21, { aliases: ["production"], bytes: 45_678, seconds: 0.25 }), model("ARIMA", 5, { seconds: null }), model("HAR", 21, { use: "volatility" }), model("shrunk mean", 21, { use: "baseline" })]);

  it("names the champion by its alias, and what stands beside it a challenger", () => {
    const of = (name: string, horizon: number) => statusOf(all, { model: name, horizon });
    expect([of("LSTM", 21), of("ARIMA", 21), of("ARIMA", 5), of("zero", 21), of("HAR", 21), of("shrunk mean", 21)]).toEqual(["champion", "challenger", "", "", "", ""]);
  });

  it("has time and size of the champion, else of the newest, and never nought for what was not measured", () => {
    const [time, bytes] = measuredOf(all);
    const both = (name: string, horizon: number) => [time!, bytes!].map((one) => one.write(score(name, { horizon })));
    expect(both("LSTM", 21)).toEqual(["250\u202fms", "45.7\u202fkB"]);
    expect(both("ARIMA", 21)).toEqual(["3.0 s", "2\u202fkB"]);
    expect(both("ARIMA", 5)).toEqual(["n/a", "1\u202fB"]);
    expect(both("zero", 21)).toEqual(["n/a", "n/a"]);
    expect(time!.value(score("zero", { horizon: 21 }))).toBeNull();
  });

  it("writes sizes in units of a thousand", () => {
    expect([0, 999, 1_000, 1_234_567].map(size)).toEqual(["0\u202fB", "999\u202fB", "1\u202fkB", "1.23\u202fMB"]);
  });
});

it("counts only marks that were given", () => {
  const rows = ["kept", "kept", "broken"].map((mark) => ({ mark })) as Judgement[];
  expect(tally(rows, ["kept", "doubtful", "broken"])).toBe("2 kept, 1 broken");
});

it("says of a feature only what two standard errors show", () => {
  const feature = (value: number | null, error: number | null) => ({ r2_loss: value, r2_loss_se: error }) as Schemas["FeatureImportance"];
  expect(doesWhat(feature(0.02, 0.009))).toBe("helps");
  expect(doesWhat(feature(0.02, 0.011))).toBe("not shown");
  expect(doesWhat(feature(-0.03, 0.01))).toBe("harms");
  expect(doesWhat(feature(null, null))).toBe("not shown");
});

it("says how far a run under way is", () => {
  expect(placeOf({ status: "waiting", stage: "", done: 0, total: 0 })).toBe("Waiting for its turn");
  expect(placeOf({ status: "running", stage: "forecast", done: 3, total: 60 })).toBe("Training models 3 of 60");
  expect(placeOf({ status: "running", stage: "data", done: 0, total: 0 })).toBe("Reading prices");
});
