import { describe, expect, it } from "vitest";
import { capInWords, capsOf, columnsOf, legsInWords, legsOf, rowOf, saidBy } from "../src/form/legs";
import { asWords, controlOf, type Defs, typed } from "../src/form/spec";

const defs: Defs = {
  View: {
    properties: {
      kind: { const: "view", type: "string" },
      legs: { type: "array", items: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }] } },
      annual_return: { type: "number", unit: "fraction per year", exclusiveMinimum: -1, maximum: 1 },
      confidence: { type: "number", unit: "fraction", default: 0.5, exclusiveMinimum: 0, maximum: 1 },
    },
    required: ["legs", "annual_return"],
  },
};
const views = { type: "array", in_words: true, items: { anyOf: [{ discriminator: { propertyName: "kind", mapping: { view: "#/$defs/View" } }, oneOf: [{ $ref: "#/$defs/View" }] }, { type: "string" }] } };
const columns = columnsOf(defs["View"]!, defs)!;
const view = { kind: "view", legs: [["AAPL", 1], ["MSFT", -1]], annual_return: 0.03, confidence: 0.6 } as never;

describe("views in a table", () => {
  it("are a table by their schema, with its words and units", () => {
    expect(controlOf(views, defs)).toMatchObject({ as: "rows", kind: "view" });
    expect(columns.map((one) => [one.word, one.as, one.required])).toEqual([["Legs", "legs", true], ["Annual return", "number", true], ["Confidence", "number", false]]);
    expect(columnsOf({ properties: { inner: { type: "object" } } }, defs)).toBeNull();
  });
  it("come back as they were", () => {
    const row = rowOf(view, columns);
    expect(row).toEqual({ legs: "AAPL - MSFT", annual_return: "3", confidence: "60" });
    expect(saidBy(row, columns, "view")).toEqual({ value: view, wrong: "" });
    const words = rowOf("AAPL = 3% per year", columns);
    expect(saidBy(words, columns, "view").value).toBe("AAPL = 3% per year");
  });
  it("say what is wrong, and nothing of a row in which nothing stands", () => {
    expect(saidBy(rowOf({}, columns), columns, "view")).toEqual({ value: null, wrong: "" });
    expect(saidBy({ legs: "AAPL <", annual_return: "3" }, columns, "view").wrong).toContain("Legs");
    expect(saidBy({ legs: "AAPL", annual_return: "" }, columns, "view").wrong).toContain("Annual return");
    expect(saidBy({ legs: "AAPL", annual_return: "3", confidence: "0" }, columns, "view").wrong).toContain("Confidence: more than 0");
  });
  it("have assets with sizes, whose names may hold a hyphen", () => {
    expect(legsOf("0.5 KO + 50% pep - BRK-B")).toEqual([["KO", 0.5], ["PEP", 0.5], ["BRK-B", -1]]);
    expect(legsOf("-KO + XOM")).toEqual([["KO", -1], ["XOM", 1]]);
    for (const wrong of ["", "KO XOM", "KO >= 3", "+"]) expect(legsOf(wrong)).toBeNull();
    expect(legsInWords(legsOf("0.5 KO - 2 BRK-B"))).toBe("0.5 KO - 2 BRK-B");
  });
});

describe("caps of sectors", () => {
  it("are those constraints that cap one, and no others", () => {
    const lines = ["w <= 10%", '"Consumer Staples" <= 20%', "energy <= 12.5%", "tech <= 30%", '"Energy" >= 5%', "AAPL <= 50% of tech"];
    expect(capsOf(lines, ["Energy"])).toEqual([{ line: 1, sector: "Consumer Staples", most: 0.2 }, { line: 2, sector: "Energy", most: 0.125 }]);
    expect(capsOf([capInWords("Energy", 0.07)], [])).toEqual([{ line: 0, sector: "Energy", most: 0.07 }]);
  });
});

describe("a setting in one line of text", () => {
  it("shows weights as pairs, lists as lists and documents as JSON", () => {
    expect([asWords(undefined), asWords(0.2), asWords({ A: 0.6, B: 0.4 }), asWords(["A", "B"])]).toEqual(["", "0.2", "A=0.6,B=0.4", "A,B"]);
    expect(asWords([{ asset: "A" }])).toBe('[{"asset":"A"}]');
  });
});

it("reads money as people write it, and nothing that could be two numbers", () => {
  const read = (text: string) => typed(text, { unit: "currency" });
  expect(["10m", "$10m", "10 million", "2.5 Bn", "25,000", "$25,000.50", "1,250k"].map(read)).toEqual([1e7, 1e7, 1e7, 2.5e9, 25_000, 25_000.5, 1_250_000]);
  expect(["m", "10mm", "10m5", "ten", "$"].map(read)).toEqual([null, null, null, null, null]);
  expect(typed("10m", { unit: "fraction" })).toBeNull();
});
