import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { asUsual, chance, compact, count, money, percent, points, ratio } from "../src/format";
import { dropList, keepList, keptLists } from "../src/form/lists";
import { valueOf } from "../src/panels/order";
import { seen } from "../src/vision";
import { CURRENCIES, LOCALES, write } from "../src/written";

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });
  vi.stubGlobal("dispatchEvent", () => true);
});
afterEach(() => {
  write({ locale: "en-US", currency: "" });
  vi.unstubAllGlobals();
});

describe("numbers of another place", () => {
  it("have their own marks, and the same digits", () => {
    write({ locale: "de-DE" });
    expect(percent(0.1234)).toBe("12,3\u202f%");
    expect(points(-0.021)).toBe("\u22122,1\u202fpoints");
    expect(ratio(1.5)).toBe("1,50");
    expect(money(-1234567.5, 2)).toBe("\u22121.234.567,50");
    expect(count(1234567)).toBe("1.234.567");
    expect(percent(null)).toBe("n/a");
  });
  it("are sorted by as they are written the usual way", () => {
    const numbers = [-1234.5, 0.5, 12, 1234567.25];
    for (const [locale] of LOCALES) {
      write({ locale });
      expect(numbers.map((one) => valueOf(asUsual(money(one, 2))))).toEqual(numbers);
      expect(valueOf(asUsual(percent(-0.123)))).toBe(-12.3);
      expect(valueOf(asUsual(chance(0.0002)))).toBe(0.001);
      for (const currency of CURRENCIES) {
        write({ currency });
        expect(numbers.map((one) => valueOf(asUsual(`${one > 0 ? "+" : ""}${money(one, 2)}`)))).toEqual(numbers);
      }
      write({ currency: "" });
    }
  });
  it("have a sign before money alone, and are not converted", () => {
    write({ currency: "EUR" });
    expect(money(-1234.5, 2)).toBe("\u2212\u20ac1,234.50");
    expect(compact(1_200_000)).toBe("\u20ac1.2M");
    expect(count(1234)).toBe("1,234");
    expect(money(NaN)).toBe("n/a");
  });
});

describe("the palette", () => {
  it("is told apart with any colour vision", () => {
    const all = seen(["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#17202b"]);
    expect(all.map((one) => one.vision)).toHaveLength(4);
    expect(all[0]!.colours[0]).toBe("#0072b2");
    for (const one of all) expect(one.least).toBeGreaterThan(10);
  });
  it("finds two colours that no red makes alike", () => {
    const [usual, protan] = seen(["#a05000", "#506400"]);
    expect(protan!.least).toBeLessThan(usual!.least / 2);
    expect(seen(["#fff", "#ffffff"])[0]!.least).toBeCloseTo(0);
  });
});

it("keeps lists of tickers under a name, and forgets them", () => {
  keepList(" <b>banks</b> ", ["BAC", "JPM"]);
  keepList("oil", ["CVX"]);
  expect(keptLists()).toEqual({ "<b>banks</b>": ["BAC", "JPM"], oil: ["CVX"] });
  dropList("oil");
  expect(Object.keys(keptLists())).toEqual(["<b>banks</b>"]);
  localStorage.setItem("ticker lists", "[broken");
  expect(keptLists()).toEqual({});
});
