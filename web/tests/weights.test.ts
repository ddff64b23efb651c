import { describe, expect, it } from "vitest";
import { heldOrSold } from "../src/panels/weights";

describe("the table of weights", () => {
  it("lists what is held, then what would be sold, and nothing that neither holds", () => {
    expect(heldOrSold({ A: 0.2, B: 0.8, C: 0 }, { D: 0.5, A: 0.5, C: 0 })).toEqual(["B", "A", "D"]);
    expect(heldOrSold({ A: 0.2, B: 0.0001 })).toEqual(["A"]);
  });
});
