import { describe, expect, it } from "vitest";
import { chance, compact, decimals, horizon, listed, modelWords, money, moment, nice, percent, phrase, points, ratio, seconds, signed, words } from "../src/format";

describe("numbers as people read them", () => {
  it("writes fractions in per cent with a true minus, and never minus zero", () => {
    expect(percent(0.1234)).toBe("12.3\u202f%");
    expect(percent(-0.05)).toBe("\u22125.0\u202f%");
    expect(percent(-0.0001)).toBe("0.0\u202f%");
    expect(signed(0.0001)).toBe("0.0\u202f%");
    expect(signed(0.05)).toBe("+5.0\u202f%");
  });
  it("says n/a for what is not known", () => {
    for (const write of [percent, signed, points, ratio, money, compact]) {
      for (const unknown of [null, undefined, NaN, Infinity]) expect(write(unknown)).toBe("n/a");
    }
  });
  it("writes a difference of percentages in points", () => {
    expect(points(0.021)).toBe("+2.1\u202fpoints");
    expect(points(-0.021)).toBe("\u22122.1\u202fpoints");
  });
  it("writes money whole and on axes short", () => {
    expect(money(1234567.4)).toBe("1,234,567");
    expect(money(-12.345, 2)).toBe("\u221212.35");
    expect(money(-0.2)).toBe("0");
    expect(compact(1_200_000)).toBe("1.2M");
  });
  it("writes ratios, times and names", () => {
    expect(ratio(-0.834)).toBe("\u22120.83");
    expect(chance(0.1124)).toBe("0.112");
    expect(chance(0)).toBe("< 0.001");
    expect(words("robust_cvar")).toBe("Robust CVaR");
    expect(words("xgboost_ranks")).toBe("XGBoost ranks");
    expect(phrase("maximum_sharpe")).toBe("maximum Sharpe");
    expect(phrase("black_litterman")).toBe("Black-Litterman");
    expect(words("shared_garches")).toBe("Shared garches"); // a part of a word is none
    expect(chance(null)).toBe("n/a");
    expect(seconds(4.61)).toBe("4.6 s");
    expect(seconds(75)).toBe("1 min 15 s");
    expect(moment(0)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d$/);
    expect(modelWords("BayesianRidge")).toBe("Bayesian ridge"); // as `model_in_words` of the command line
    expect(modelWords("RandomForest volatility")).toBe("random forest volatility");
    expect(modelWords("LinearSVR 2")).toBe("linear SVR 2");
    expect(modelWords("XGBoostRanks is better than HAR-X")).toBe("XGBoost ranks is better than HAR-X");
    for (const name of ["pooled mean", "GARCH(1,1)", "XGBoost", "LSTM"]) expect(modelWords(name)).toBe(name);
    expect(words("minimum_sessions")).toBe("Minimum sessions");
    expect(listed(["a", "b", "c"])).toBe("a, b and c");
    expect([252, 21, 63, 5, 1].map(horizon)).toEqual(["1 year", "1 month", "3 months", "5 sessions", "1 session"]);
  });
});

describe("axes", () => {
  it("have round steps and hold the range", () => {
    for (const [low, high] of [[0.143, 0.231], [0, 0.61], [-0.02, 0.004], [0.1, 0.1]] as const) {
      const axis = nice(low, high);
      expect(axis.min).toBeLessThanOrEqual(low);
      expect(axis.max).toBeGreaterThanOrEqual(high);
      const lead = axis.step / 10 ** Math.floor(Math.log10(axis.step) + 1e-9);
      expect([1, 2, 5, 10]).toContain(Math.round(lead));
    }
  });
  it("have as many decimals as tell the ticks apart", () => {
    expect([decimals(0.05), decimals(0.025), decimals(0.001), decimals(0.0002)]).toEqual([0, 1, 1, 2]);
  });
});
