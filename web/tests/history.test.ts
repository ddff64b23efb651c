import { describe, expect, it } from "vitest";
import type { Schemas } from "../src/api";
import { aboutOf, matchingRuns, sharpeOf } from "../src/pages/history";
import { sparkPoints } from "../src/panels/spark";

type Glance = Schemas["RunGlance"];

const glance = (of: Partial<Glance>): Glance => ({ about: "", limits: 0, source: "", line: [], ...of }) as Glance;
const run = (id: string, kind: string): Schemas["Summary"] => ({ id, kind, status: "done", created_at: 0, changed_at: 1, message: "" }) as Schemas["Summary"];

describe("the list of runs", () => {
  it("says what a run was about, with its limits and its seed", () => {
    expect(aboutOf(glance({ about: "maximum Sharpe", limits: 1, seed: 7 }))).toBe("maximum Sharpe, 1 limit, seed 7");
    expect(aboutOf(glance({ about: "risk on target", seed: null }))).toBe("risk on target");
    expect(aboutOf(undefined)).toBe("");
  });

  it("tells what was measured from what is expected", () => {
    expect(sharpeOf(glance({ sharpe: 0.964, sharpe_error: 0.191 }))).toBe("0.96 \u00b1 0.19");
    expect(sharpeOf(glance({ sharpe: 0.985, expected: true }))).toBe("0.98 expected");
    expect(sharpeOf(glance({ sharpe: null }))).toBe("");
  });

  it("is searched by what a run was about as well", () => {
    const runs = [run("a", "portfolio"), run("b", "portfolio")];
    const glances = { a: glance({ about: "maximum Sharpe" }), b: glance({ about: "risk parity" }) };
    expect(matchingRuns(runs, "parity", glances).map((one) => one.id)).toEqual(["b"]);
  });
});

describe("a small line", () => {
  it("has its least value below and its greatest above, within its box", () => {
    const points = sparkPoints([1, 4, 2]).split(" ").map((one) => one.split(",").map(Number) as [number, number]);
    expect(points.map(([x]) => x)).toEqual([2, 38, 74]);
    expect(points[0]![1]).toBe(18);
    expect(points[1]![1]).toBe(2);
    expect(points[2]![1]).toBe(10); // doubled, of what was doubled twice
  });

  it("draws values that do not change, and losses of everything", () => {
    for (const line of [[1, 1], [1, 0], [0, -1, 3]]) expect(sparkPoints(line)).not.toMatch(/NaN|Infinity/);
  });
});
