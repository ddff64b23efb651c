/** Which pictures have been drawn of which kind of answer: for the page, and for the report of a run. */
import type { ComponentType } from "preact";
import { lazily } from "../lazy";
import type { ResultProps } from ".";
import { OrdersView } from "./orders";

/** Views that need no finished run: they show what there is of one. */
export const LIVE: Record<string, ComponentType<ResultProps>> = {
  frontier: lazily(async () => (await import("./frontier")).FrontierView),
};

/** What is shown of a run that has said some of its answer, until it is done. */
export const SO_FAR: Record<string, ComponentType<ResultProps>> = {
  simulation: lazily(async () => (await import("./simulation")).SimulationSoFar),
  training: lazily(async () => (await import("./training")).TrainingSoFar),
};

export const PICTURES: Record<string, ComponentType<ResultProps>> = {
  portfolio: lazily(async () => (await import("./portfolio")).PortfolioView),
  simulation: lazily(async () => (await import("./simulation")).SimulationView),
  stress: lazily(async () => (await import("./stress")).StressView),
  forecast: lazily(async () => (await import("./forecast")).ForecastView),
  strategy: lazily(async () => (await import("./strategy")).StrategyView),
  risk: lazily(async () => (await import("./risk")).RiskView),
  criteria: lazily(async () => (await import("./criteria")).CriteriaView),
  evidence: lazily(async () => (await import("./evidence")).EvidenceView),
  comparison: lazily(async () => (await import("./comparison")).ComparisonView),
  monitor: lazily(async () => (await import("./monitor")).MonitorView),
  signals: lazily(async () => (await import("./signals")).SignalsView),
  attribution: lazily(async () => (await import("./attribution")).AttributionView),
  importance: lazily(async () => (await import("./importance")).ImportanceView),
  training: lazily(async () => (await import("./training")).TrainingView),
  capacity: lazily(async () => (await import("./capacity")).CapacityView),
  paper: lazily(async () => (await import("./paper")).PaperView),
  orders: OrdersView,
};

/** Kinds whose pictures stand above their tables, and do not replace them. */
const ABOVE = new Set(["training", "capacity", "paper"]);

/** Whether its tables stand on the page as they are. */
export const hasTables = (kind: string): boolean => !LIVE[kind] && (!PICTURES[kind] || ABOVE.has(kind));
