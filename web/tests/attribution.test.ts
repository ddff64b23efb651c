import { expect, it } from "vitest";
import { expectedOf } from "../src/results/attribution";

it("counts interest and costs as expected, so that expected and luck are the return", () => {
  const year = { year: 2008, expected: 0.1, forecasts: 0, limits: 0, interest: 0.02, costs: -0.01, luck: -0.25, total: -0.14 };
  expect(expectedOf(year)).toBeCloseTo(0.11, 12);
  expect(expectedOf(year) + year.luck).toBeCloseTo(year.total, 12);
});
