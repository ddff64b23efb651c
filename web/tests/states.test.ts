import { describe, expect, it } from "vitest";
import type { Schemas } from "../src/api";
import { secrets, toQuery } from "../src/form/address";
import { basisOf } from "../src/panels/source";
import { after, type Following, left, NOTHING } from "../src/run";

const snapshot = { id: "1", kind: "frontier", status: "running", stage: "frontier", done: 0, total: 25 } as unknown as Schemas["Snapshot"];
const frame = (seq: number, at: number, event: object) => ({ seq, at, event }) as unknown as Schemas["EventFrame"];

describe("a run that goes on", () => {
  const begun = after({ ...NOTHING, snapshot }, frame(1, 100, { kind: "started", stage: "frontier", total: 25 }));
  const step = (now: Following, seq: number, at: number, done: number) => after(now, frame(seq, at, { kind: "progress", stage: "frontier", done, total: 25 }));

  it("says how long it will take once three steps are known", () => {
    expect(left(step(begun, 2, 102, 2))).toBeNull();
    expect(left(step(begun, 2, 105, 5))).toBe(20); // 5 steps in 5 s, 20 are left
    expect(left(step(begun, 2, 125, 25))).toBeNull();
  });
  it("hears an event once, however often the line is joined again", () => {
    const once = step(begun, 2, 105, 5);
    expect(step(once, 2, 106, 9)).toBe(once);
  });
});

describe("what a result rests on", () => {
  const facts = { name: "sample data", source: { kind: "sample" }, tickers: ["A", "B"], sessions: 500, first: "2020-01-02", last: "2021-12-31" } as unknown as Schemas["DataFacts"];
  it("is said in a line, with its window", () => {
    expect(basisOf(facts, new Date("2026-01-01"))).toEqual({ text: "Sample data: 2 assets, daily, 2020-01-02 to 2021-12-31", tone: "info" });
    expect(basisOf(undefined, new Date())).toBeNull();
    expect(basisOf({ ...facts, sessions: null }, new Date())).toBeNull();
  });
  it("says when prices that should go on are late", () => {
    const stored = { ...facts, source: { kind: "stored" } } as typeof facts;
    expect(basisOf(stored, new Date("2022-01-03T12:00:00Z"))!.tone).toBe("ok");
    expect(basisOf(stored, new Date("2022-01-20T12:00:00Z"))).toMatchObject({ tone: "warn", text: expect.stringContaining("20 days old") });
  });
});

describe("an address that is sent to somebody", () => {
  const document = { tickers: ["KO", "XOM"], capital: 25000, cash: 10, holdings: { KO: 5 }, weights: { KO: 1 }, constraints: ["w <= 60%"] };
  it("carries the settings, and never whose money it is", () => {
    expect(toQuery(document)).toBe("tickers=KO,XOM&constraints=w+%3C%3D+60%25");
    expect(Object.keys(secrets(document)).sort()).toEqual(["capital", "cash", "holdings", "weights"]);
    const own = { tickers: ["KO"], strategy: { kind: "fixed_weights", weights: { KO: 1 } }, baselines: [{ kind: "fixed_weights", weights: { XOM: 1 } }] };
    expect(toQuery(own)).toBe("tickers=KO");
    expect(Object.keys(secrets(own))).toEqual(["strategy", "baselines"]);
  });
});
