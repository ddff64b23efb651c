/** The result that stands in the report as a document, as far as it does. */
import type { Schemas } from "../api";

export type Result = Omit<Schemas["StrategyResult"], "curves" | "forecast_record">;

/** What is known of the result; nothing where there is no such element. */
export const resultIn = (page: Document): Result | null =>
  JSON.parse(page.getElementById("result")?.textContent || "null") as Result | null;
