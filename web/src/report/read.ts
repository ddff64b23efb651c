/** What stands in the report as documents. */
import type { Schemas } from "../api";
import { USUAL_CAPITAL } from "../panels/standing";
import type { Answer } from "./views";

export type Result = Omit<Schemas["StrategyResult"], "curves" | "forecast_record">;

/** What is known of the result of a strategy; nothing where there is no such element. */
export const resultIn = (page: Document): Result | null => islandIn(page, "result") as Result | null;

export function answerIn(page: Document): Answer {
  const account = islandIn(page, "account") as { capital?: number | null } | null;
  return { result: islandIn(page, "result"), page: islandIn(page, "page") as Answer["page"], capital: account?.capital ?? USUAL_CAPITAL };
}

const islandIn = (page: Document, name: string): unknown => JSON.parse(page.getElementById(name)?.textContent || "null");
