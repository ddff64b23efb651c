import { describe, expect, it } from "vitest";
import { inOrder, type Order, pressed, valueOf } from "../src/panels/order";
import { limitsOf } from "../src/panels/weights";

describe("what a written cell is sorted by", () => {
  it.each([
    ["12.3\u202f%", 12.3], ["\u22124.5\u202fpoints", -4.5], ["+0.83 \u00b1 0.10", 0.83], ["1,234,567.5", 1234567.5], ["\u22120.1", -0.1],
    ["AAPL", "aapl"], ["2026-11-20", "2026-11-20"], ["n/a", null], ["\u2013", null], ["", null],
    ["1.2M", 1.2e6], ["1 year", 252], ["3 months", 63], ["5 sessions", 5], ["< 0.001", 0.001], ["0", 0],
  ])("%s", (text, value) => {
    expect(valueOf(text)).toBe(value);
  });
});

describe("the order of rows", () => {
  const values = [[3], [null], [1], [2], [2]];
  const at = (row: number, column: number) => values[row]![column]!;
  const rows = [0, 1, 2, 3, 4];
  it("is as they came, or by a column, and what is not known stands last either way", () => {
    expect(inOrder(rows, null, at)).toEqual(rows);
    expect(inOrder(rows, { column: 0, down: false }, at)).toEqual([2, 3, 4, 0, 1]);
    expect(inOrder(rows, { column: 0, down: true }, at)).toEqual([0, 3, 4, 2, 1]);
  });
  it("reads numbers within names", () => {
    const names = ["T10", "T9", "T100"];
    expect(inOrder([0, 1, 2], { column: 0, down: false }, (row) => names[row]!)).toEqual([1, 0, 2]);
  });
  it("turns with each press, and comes back", () => {
    let order: Order | null = pressed(null, 2, true);
    expect(order).toEqual({ column: 2, down: true });
    order = pressed(order, 2, true);
    expect(order).toEqual({ column: 2, down: false });
    expect(pressed(order, 2, true)).toBeNull();
    expect(pressed(order, 0, false)).toEqual({ column: 0, down: false });
  });
});

it("gives an asset the limits that are its own", () => {
  const limits = [{ name: "A: weight at most 40\u202f%", price: 0.2 }, { name: "AA: weight at least 1\u202f%", price: 0.1 }, { name: "invested 100\u202f%", price: -0.1 }];
  expect(limitsOf(limits, "A")).toEqual([{ word: "weight at most 40\u202f%", price: 0.2 }]);
  expect(limitsOf(limits, "KO")).toEqual([]);
});
