import { describe, expect, it } from "vitest";
import { monthEnds, fanStops, stopsOver } from "../src/charts/lines";
import { stepped } from "../src/charts/walk";
import { drawnRows, foundRows, widestRows } from "../src/panels/rows";

describe("a walk by keys", () => {
  it("enters at either end, and stays within", () => {
    expect(stepped("ArrowRight", null, 5, -1)).toBe(0);
    expect(stepped("ArrowLeft", null, 5, -1)).toBe(4);
    expect(stepped("ArrowRight", 4, 5, -1)).toBe(4);
    expect(stepped("Home", 3, 5, -1)).toBe(0);
    expect(stepped("End", 3, 5, -1)).toBe(4);
    expect(stepped("a", 3, 5, -1)).toBeNull();
    expect(stepped("ArrowRight", null, 0, -1)).toBeNull();
  });
  it("goes up along a curve, down through a list, and by rows through a map", () => {
    expect(stepped("ArrowUp", 1, 5, -1)).toBe(2);
    expect(stepped("ArrowDown", 1, 5, 1)).toBe(2);
    expect(stepped("ArrowDown", 2, 39, 13)).toBe(15);
    expect(stepped("ArrowUp", 2, 39, 13)).toBe(2); // above the first row there is none
    expect(stepped("ArrowDown", 30, 39, 13)).toBe(30);
  });
  it("crosses a long picture in ten leaps", () => {
    expect(stepped("PageDown", 0, 400, -1)).toBe(40);
    expect(stepped("PageUp", 20, 400, -1)).toBe(0);
  });
  it("stops at the ends of months, and says every line there", () => {
    const dates = ["2020-01-30", "2020-01-31", "2020-02-03", "2020-02-04"];
    expect(monthEnds(dates)).toEqual([1, 3]);
    const stops = stopsOver({ dates, lines: [{ name: "own", values: [1, 2, 3, 4] }, { name: "index", values: [1, 1, 1, null] }], format: (x) => `${x}×` });
    expect(stops.map((one) => one.says)).toEqual(["2020-01-31: own 2×, index 1×", "2020-02-04: own 4×, index n/a"]);
    expect(stops[1]!.at).toEqual(["2020-02-04", 4]);
  });
  it("says a fan between its outermost levels", () => {
    const stops = fanStops([{ session: 0, values: [1, 1, 1] }, { session: 21, values: [0.9, 1.01, 1.1] }], [0.05, 0.5, 0.95]);
    expect(stops[0]!.says).toBe("Now: no change yet");
    expect(stops[1]!.says).toBe("After 1 month: between \u221210.0\u202f% and 10.0\u202f%; the middle 1.0\u202f%");
  });
});

describe("a table of many rows", () => {
  it("draws those around what is seen, to the very last", () => {
    expect(drawnRows(0, 5000).first).toBe(0);
    const end = drawnRows(5000 * 33 - 430, 5000);
    expect(end.last).toBe(5000);
    for (let scrolled = 0; scrolled < 5000 * 33 - 430; scrolled += 1171) {
      const { first, last } = drawnRows(scrolled, 5000);
      expect(first).toBeLessThanOrEqual(Math.floor(scrolled / 33));
      expect(last).toBeGreaterThanOrEqual(Math.min(5000, Math.ceil((scrolled + 430) / 33)));
      expect(last - first).toBeLessThan(60);
    }
  });
  it("finds rows by any cell, in any case", () => {
    const cells = [["AAPL", "buy"], ["KO", "sell"], ["KEY", "Buy"]];
    expect(foundRows(cells, "")).toEqual([0, 1, 2]);
    expect(foundRows(cells, " BUY ")).toEqual([0, 2]);
    expect(foundRows(cells, "nothing")).toEqual([]);
  });
  it("knows the widest row of each column", () => {
    expect(widestRows([["A", "1"], ["A LONG NAME", "1"], ["B", "1,234"]])).toEqual([1, 2]);
  });
});
