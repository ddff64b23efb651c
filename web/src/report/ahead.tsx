/** Where it may be, and how forecasts came true: the pictures of the page, of the numbers in the report. */
import { useCallback, useMemo, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { type Kept, keptOption, keptSays, keptStops } from "../charts/health";
import { fanOption, fanSays, fanStops } from "../charts/lines";
import { type Mark, spreadOf, spreadOption, spreadStops } from "../charts/spread";
import { horizon, percent } from "../format";
import { PastPicture, pastFor } from "../panels/past";
import type { Result } from "./read";

type Simulated = Schemas["PortfolioSimulation"];

export interface FanReadings extends Pick<Simulated, "levels" | "fan" | "goal" | "some_paths"> {
  picture: "fan";
}

export interface EndReadings extends Pick<Simulated, "horizon" | "level" | "goal" | "paid_in"> {
  picture: "ends";
  ends: Schemas["Distribution"];
  value_at_risk: number;
  expected_shortfall: number;
}

export interface CoverageReadings extends Omit<Schemas["CoverageRecord"], "kind"> {
  picture: "coverage";
}

interface Said<T> {
  read: T;
  says: string;
}

export function Fan({ read }: Said<FanReadings>) {
  const [log, setLog] = useState(false);
  const draw: Draw = useCallback((look) => fanOption(read.fan, read.levels, read.goal, look, { log, paths: read.some_paths ?? [] }), [read, log]);
  return (
    <>
      <p class="choices"><button type="button" aria-pressed={log} onClick={() => setLog(!log)}>Log scale</button></p>
      <Chart draw={draw} stops={fanStops(read.fan, read.levels)} says={fanSays(read.fan, read.levels)} name="fan" height={280} />
    </>
  );
}

export function Ends({ read, says }: Said<EndReadings>) {
  const spread = useMemo(() => spreadOf(read.ends, 1), [read]);
  const [paid, level] = [read.paid_in - 1, percent(read.level, 0)];
  const marks: Mark[] = [{ at: paid - read.value_at_risk, text: `VaR ${level}` }, { at: paid - read.expected_shortfall, text: `CVaR ${level}` }, { at: read.goal - 1, text: "goal" }];
  const draw: Draw = useCallback((look) => spreadOption(spread, marks, `After ${horizon(read.horizon)}`, look), [spread]);
  return <Chart draw={draw} stops={spreadStops(spread)} says={says} name="ends" height={280} />;
}

export function Coverage({ read, says }: Said<CoverageReadings>) {
  const kept: Kept = { dates: read.sessions, values: read.values, promised: read.level, alarms: [], usual: [read.low, read.high], format: (x) => percent(x, 0) };
  const draw: Draw = useCallback((look) => keptOption(kept, look), [read]);
  return <Chart draw={draw} stops={keptStops(kept)} says={says || keptSays(kept, "Coverage")} name="coverage" height={220} />;
}

/** Any asset over any horizon; the still picture has one. */
export function Past({ result, first }: { result: Result; first: string }) {
  const past = result.past ?? [];
  const [over, setOver] = useState(0);
  const [chosen, setChosen] = useState(first);
  const { one, tickers, ticker, asset } = pastFor(past, over, chosen);
  if (!one || !asset) return null;
  return (
    <>
      <p class="controls">
        <label class="inline">Of <select value={ticker} onChange={(e) => setChosen(e.currentTarget.value)}>{tickers.map((each) => <option key={each}>{each}</option>)}</select></label>
        {past.length > 1 && <label class="inline">Over <select value={one.horizon} onChange={(e) => setOver(Number(e.currentTarget.value))}>{past.map((each) => <option key={each.horizon} value={each.horizon}>{horizon(each.horizon)}</option>)}</select></label>}
      </p>
      <PastPicture one={one} asset={asset} />
    </>
  );
}
