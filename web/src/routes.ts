/** Which page is where. A study that is not named here has the page of its kind's name. */

export interface Entry {
  page: string; // the first word of its address
  kind: string; // the study it asks
  word: string;
}

export interface Tab {
  word: string;
  entries: readonly Entry[];
}

const entry = (page: string, kind: string, word: string): Entry => ({ page, kind, word });

export const TABS: readonly Tab[] = [
  { word: "Optimise", entries: [entry("optimise", "frontier", "Efficient frontier"), entry("portfolio", "portfolio", "One portfolio")] },
  { word: "Simulate", entries: [entry("simulate", "simulation", "Simulation"), entry("stress", "stress", "Stress tests"), entry("risk", "risk", "Risk measures")] },
  {
    word: "Forecasts",
    entries: [
      entry("forecasts", "forecast", "Forecasts"), entry("comparison", "comparison", "Compare models"),
      entry("importance", "importance", "What models rest on"), entry("signals", "signals", "Signals"),
      entry("signal-history", "signal_history", "Past signals"), entry("training", "training", "Train models"),
      entry("monitor", "monitor", "Health of models"),
    ],
  },
  {
    word: "Backtest",
    entries: [
      entry("backtest", "strategy", "Strategy"), entry("evidence", "evidence", "Evidence"),
      entry("criteria", "criteria", "Criteria"), entry("capacity", "capacity", "Capacity"),
      entry("attribution", "attribution", "Expected and luck"),
      entry("paper", "paper", "On paper"), entry("paper-accounts", "paper_accounts", "Paper accounts"),
      entry("verify", "verify", "Verify a report"),
    ],
  },
  { word: "Orders", entries: [entry("orders", "orders", "Orders")] },
];

/** Studies with a page of their own elsewhere. */
const ELSEWHERE = new Set(["today", "quality", "refresh"]);
const DATA: readonly Entry[] = [entry("quality", "quality", "Quality"), entry("refresh", "refresh", "Refresh")];

const ALL: readonly Entry[] = [...TABS.flatMap((tab) => tab.entries), ...DATA];

export const entryAt = (page: string, kinds: readonly string[]): Entry | undefined => {
  const kind = page.replaceAll("-", "_");
  const found = ALL.find((one) => one.page === page);
  return found ?? (kinds.includes(kind) ? entry(page, kind, "") : undefined);
};

export const pageOf = (kind: string): string =>
  ALL.find((one) => one.kind === kind)?.page ?? kind.replaceAll("_", "-");

/** Where a run is shown. */
export const runAddress = (kind: string, id: string): string => `/${kind === "today" ? kind : pageOf(kind)}/${id}`;

export const tabOf = (page: string): Tab | undefined =>
  TABS.find((tab) => tab.entries.some((one) => one.page === page));

/** Kinds that no tab has: they are listed, so that nothing that can be asked is hidden. */
export const untabbed = (kinds: readonly string[]): string[] =>
  kinds.filter((kind) => !ELSEWHERE.has(kind) && !ALL.some((one) => one.kind === kind));
