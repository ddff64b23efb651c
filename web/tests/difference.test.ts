import { describe, expect, it } from "vitest";
import type { Schemas } from "../src/api";
import { differences, valueWords } from "../src/form/difference";

const setting = (name: string, spec: object, within = "") => ({ name, within, spec, about: "", flag: "", positional: false, several: false, rare: false });
const form = {
  kind: "frontier", name: "FrontierStudy", path: "optimize/frontier", command: "frontier", about: "", stored: true, defs: {},
  settings: [
    setting("points", { type: "integer", default: 25 }),
    setting("constraints", { type: "array", items: { type: "string" }, default: [] }),
    setting("cash_rate", { type: "number", default: 0.02, unit: "fraction per year" }, "expectation"),
    setting("risk", { type: "object", default: { kind: "ledoit_wolf" } }),
  ],
} as unknown as Schemas["StudyForm"];

describe("what runs were asked differently", () => {
  it("is nothing where the same was said in other words", () => {
    expect(differences(form, [{ points: 25, risk: "ledoit_wolf" }, { risk: { kind: "ledoit_wolf" } }])).toEqual([]);
  });
  it("names each setting with both values, the usual ones as usual", () => {
    const second = { points: 40, constraints: ["w <= 15%", "AAPL >= 2%"], expectation: { cash_rate: 0.035 }, risk: { kind: "ewma", halflife: 60 } };
    expect(differences(form, [{}, second])).toEqual([
      { setting: "Points", values: ["as usual: 25", "40"] },
      { setting: "Constraints", values: ["as usual", "w <= 15%, AAPL >= 2%"] },
      { setting: "Cash rate", values: ["as usual: 2\u202f% a year", "3.5\u202f% a year"] },
      { setting: "Risk", values: ["as usual: Ledoit-Wolf", "EWMA (halflife 60)"] },
    ]);
  });
  it("holds as many runs beside each other as there are", () => {
    expect(differences(form, [{}, { points: 40 }, { points: 25 }])).toEqual([{ setting: "Points", values: ["as usual: 25", "40", "as usual: 25"] }]);
  });
  it("writes what is not set as none", () => {
    expect(valueWords(null, { type: "number" })).toBe("none");
    expect(valueWords(true, { type: "boolean" })).toBe("yes");
  });
});
