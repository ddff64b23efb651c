import { expect, it } from "vitest";
import { together, whose } from "../src/pages/findings";

const one = (ticker: string, message: string, action = "kept") => ({ ticker, message, action, code: "", severity: "info", rows: 1 });

it("says once what holds for many", () => {
  const found = together([one("A", "these are returns"), one("", "9 rows"), one("B", "these are returns"), one("B", "a jump"), one("A", "these are returns"), one("C", "these are returns", "left out")]);
  expect(found).toEqual([
    { message: "these are returns", action: "kept", tickers: ["A", "B"] },
    { message: "9 rows", action: "kept", tickers: [] },
    { message: "a jump", action: "kept", tickers: ["B"] },
    { message: "these are returns", action: "left out", tickers: ["C"] },
  ]);
});

it("names whose it is, in few words", () => {
  expect(whose([], 3)).toBe("File");
  expect(whose(["A"], 1)).toBe("A");
  expect(whose(["A", "B"], 3)).toBe("A and B");
  expect(whose(["A", "B", "C"], 3)).toBe("All 3 assets");
  expect(whose(["A", "B", "C", "D", "E"], 9)).toBe("A, B, C and 2 more");
});
