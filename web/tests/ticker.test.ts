import { describe, expect, it } from "vitest";
import { type Answer, forecastOf, heldIn, standing } from "../src/pages/ticker_facts";
import { tickerAddress } from "../src/panels/ticker";

const answer = (kind: string, result: object): Answer => ({ run: { id: kind, kind, created_at: 1 } as Answer["run"], result: { data: { tickers: ["KO", "K", "XOM"] }, ...result } });
const limits = [{ name: "KO: weight at most 40 %", price: 0.1 }, { name: "invested 100 %", price: 0.2 }];

describe("what runs say of a ticker", () => {
  const sentences = ["KO (40.0 %) is expected to earn 12 %.", "K (5.0 %) is expected to earn 3 %.", "KO: weight at most 41 % instead of 40 % would raise it."];
  const portfolio = (reasons: object): Answer => answer("portfolio", { weights: { KO: 0.4 }, risk_shares: { KO: 0.3 }, assets: [{ ticker: "KO", expected_return: 0.12 }], reasons });

  it("is the weight with its own reasons, and not those of a ticker that begins the same", () => {
    expect(heldIn("KO", portfolio({ limits, sentences }))).toMatchObject({ weight: 0.4, share: 0.3, why: `${sentences[0]!} ${sentences[2]!}` });
    expect(heldIn("K", portfolio({ limits, sentences }))!.why).toBe(sentences[1]);
  });
  it("is what binds it and what is expected, where no sentence was asked", () => {
    expect(heldIn("KO", portfolio({ limits, sentences: [] }))!.why).toBe("Its limit binds: weight at most 40 %. It is expected to earn 12.0\u202f% a year.");
  });
  it("is a weight of nothing where it could have been held, and nothing where it could not", () => {
    const strategy = answer("strategy", { weights: { KO: 1 }, limits: [], expected_returns: { XOM: 0.02 }, expected_by: { returns: "shrunk past means", risk: "ledoit_wolf" } });
    expect(heldIn("XOM", strategy)).toMatchObject({ weight: 0, why: "It is expected to earn 2.0\u202f% a year by shrunk past means, which the weights rest on." });
    expect(heldIn("AAPL", strategy)).toBeNull();
    expect(heldIn("KO", answer("simulation", { weights: { KO: 1 } }))).toBeNull();
  });
  it("is the newest forecast that has it, by horizon", () => {
    const row = (ticker: string, horizon: number) => ({ ticker, horizon });
    const found = forecastOf("KO", [answer("forecast", { forecasts: [row("XOM", 1)] }), answer("strategy", { forecasts: [row("KO", 21), row("KO", 1), row("XOM", 1)] })])!;
    expect(found.answer.run.kind).toBe("strategy");
    expect(found.rows.map((one) => one.horizon)).toEqual([1, 21]);
    expect(forecastOf("AAPL", [found.answer])).toBeNull();
  });
});

describe("where a price stands", () => {
  it("is its change over a year and its fall from the highest", () => {
    const closes = Array.from({ length: 253 }, (_, n) => (n === 0 ? 100 : n === 9 ? 200 : 110));
    const now = standing({ sessions: closes.map((_, n) => `day ${n}`), closes })!;
    expect(now).toMatchObject({ last: 110, day: "day 252" });
    expect(now.year).toBeCloseTo(0.1);
    expect(now.fall).toBeCloseTo(-0.45);
  });
  it("is not known of too few sessions, or of none", () => {
    expect(standing({ sessions: ["a", "b"], closes: [1, 2] })).toMatchObject({ year: null, fall: 0 });
    expect(standing({ sessions: [], closes: [] })).toBeNull();
  });
});

it("has an address that any ticker fits in", () => {
  expect(tickerAddress("BRK/B", "12")).toBe("/ticker/BRK%2FB?run=12");
  expect(tickerAddress("^GSPC")).toBe("/ticker/%5EGSPC");
});
