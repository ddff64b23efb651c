import { describe, expect, it } from "vitest";
import { freeName, matching, portfoliosOf, type Saved, saidOf, tagsOf } from "../src/pages/kept";
import { sideBySide } from "../src/panels/side";
import { growthsOf } from "../src/results/growths";

const one = (name: string, weights: Record<string, number>, note = ""): Saved => ({ name, weights, note, objective: "", number: 1 }) as unknown as Saved;

describe("tags", () => {
  it("are the words of a note that begin with #", () => {
    expect(tagsOf("#income for later, #core #income no#tag")).toEqual(["#income", "#core"]);
    expect(saidOf("#income for later, #core")).toBe("for later,");
    expect(tagsOf("")).toEqual([]);
  });
});

it("finds a portfolio by every word, in its name, its note and what it holds", () => {
  const all = [one("core", { AAPL: 1 }, "#income"), one("plain", { KO: 1 })];
  expect(matching(all, "INCOME aapl").map((each) => each.name)).toEqual(["core"]);
  expect(matching(all, "income ko")).toEqual([]);
  expect(matching(all, " ")).toHaveLength(2);
});

describe("a file of portfolios", () => {
  it("is what is exported here", () => {
    const csv = "portfolio,number,saved,as_of,objective,ticker,weight,shares\n\'=core,1,2020-01-01,,,\"A,B\",0.6,10\n\'=core,1,2020-01-01,,,KO,0.3,\n\'=core,1,2020-01-01,,,cash,0.1,\n";
    expect(portfoliosOf("portfolios.csv", csv)).toEqual([{ name: "=core", weights: { "A,B": 0.6, KO: 0.3 }, shares: { "A,B": 10 } }]);
    const broken = 'portfolio,ticker,weight\n"a ""b""\nc",A,0.6\n\n"a ""b""\nc",B,x';
    expect(() => portfoliosOf("x.csv", broken)).toThrow("Line 5 of this file has no weight: x.");
    expect(portfoliosOf("x.csv", broken.replace(",x", ",0.4"))).toEqual([{ name: 'a "b"\nc', weights: { A: 0.6, B: 0.4 } }]);
    const json = JSON.stringify([{ ...one("core", { KO: 0.5 }, "mine"), shares: {} }]);
    expect(portfoliosOf("x.json", json)).toEqual([{ name: "core", weights: { KO: 0.5 }, note: "mine" }]);
  });
  it("is a table of tickers and weights as well, in per cent and with semicolons", () => {
    expect(portfoliosOf("mine.csv", "Ticker;Weight\r\nAAPL;60 %\r\nKO;0,25\r\n")).toEqual([{ name: "mine", weights: { AAPL: 0.6, KO: 0.25 } }]);
  });
  it.each([["a,b\n1,2", "no columns named"], ["ticker,weight\nKO,much", "Line 2"], ["ticker,weight\nKO,0.3\nAA,0.1\nKO,0.2", "Line 4 of this file has KO a second time"], ["ticker,weight,shares\nKO,0.3,many", "no number of shares: many"], ["[{}]", "Entry 1"], ["[", "no JSON"], ["ticker,weight\n", "no portfolio"]])("that is none says why: %s", (text, why) => {
    expect(() => portfoliosOf("x.csv", text)).toThrow(why);
  });
});

it("finds a name that nothing has", () => {
  expect(freeName("core", ["core"])).toBe("core 2");
  expect(freeName("core 2", ["core", "core 2", "core 3"])).toBe("core 4");
});

it("puts portfolios side by side, the most held first, cash last", () => {
  expect(sideBySide([{ name: "a", weights: { X: 0.2, Y: 0.7 } }, { name: "b", weights: { X: 0.9, Z: 0.1 } }])).toEqual([
    { name: "X", weights: [0.2, 0.9] }, { name: "Y", weights: [0.7, 0] }, { name: "Z", weights: [0, 0.1] }, { name: "Cash", weights: [expect.closeTo(0.1), 0] },
  ]);
});

it("lets records begin at 1 where all have begun", () => {
  const result = (sessions: string[], equity: number[]) => ({ curves: { sessions, equity: [{ name: "x", equity }] } }) as never;
  expect(growthsOf([result(["1", "2", "3"], [1, 2, 4]), result(["2", "3", "4"], [5, 10, 20])])).toEqual({
    dates: ["2", "3"], lines: [{ name: "First", values: [1, 2] }, { name: "Second", values: [1, 2] }],
  });
});
