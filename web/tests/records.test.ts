import { expect, it } from "vitest";
import type { Schemas } from "../src/api";
import { MEASURES } from "../src/results/records";

const one = { sharpe: 0.961, sharpe_error: 0.19, alpha: 0.066, alpha_t: 5.42, cost: 0.0036, longest_drawdown: 1802 } as Schemas["Record"];
const written = (word: string): string => {
  const { of, write } = MEASURES.find((each) => each.word === word)!;
  return write!(of(one), one);
};

it("writes each measure as the report does", () => {
  expect(written("Sharpe ± s.e.")).toBe("0.96 \u00b1 0.19");
  expect(written("Alpha a year (t)")).toBe("6.6\u202f% (5.4)");
  expect(written("Costs a year")).toBe("0.36\u202f%");
  expect(written("Longest drawdown")).toBe("1,802");
  expect(MEASURES.find((each) => each.word === "Alpha a year (t)")!.of({ ...one, alpha: 0, alpha_t: null })).toBeNull(); // the index has none against itself
  expect(new Set(MEASURES.map(({ word }) => word)).size).toBe(MEASURES.length);
});
