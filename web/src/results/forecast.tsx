/** What is forecast of every asset, each with its interval; and the models, the naive ones among them. */
import { useCallback, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { fanOf, fanOption, fanSays, fanStops } from "../charts/lines";
import { horizon, listed, percent, signed } from "../format";
import { Interval, rangeOf } from "../panels/interval";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import { TickerLink } from "../panels/ticker";
import { stop } from "../panels/walk";
import type { ResultProps } from ".";
import { Leaderboard } from "./leaderboard";
import { Past } from "./past";

type Forecast = Schemas["AssetForecast"];
type Score = Schemas["ModelScore"];

export function ForecastView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["ForecastResult"];
  return (
    <>
      <Intervals forecasts={result.forecasts} asked={asked} />
      <Ahead forecasts={result.forecasts} scores={result.leaderboard} asked={asked} />
      <Past past={result.past ?? []} asked={asked} />
      <Leaderboard scores={result.leaderboard} asked={asked} />
    </>
  );
}

const between = (one: Forecast): string => `${signed(one.low)} to ${signed(one.high)}`;

/** A forecast is an interval first: the dot is its middle, the line how far off it may be. */
export function Intervals({ forecasts, asked }: { forecasts: readonly Forecast[]; asked: ResultProps["asked"] }) {
  const horizons = [...new Set(forecasts.map((one) => one.horizon))].sort((a, b) => a - b);
  const [chosen, setChosen] = useState(horizons.includes(21) ? 21 : (horizons[0] ?? 0));
  const rows = forecasts.filter((one) => one.horizon === chosen).sort((a, b) => (b.mean ?? 0) - (a.mean ?? 0));
  if (rows.length === 0) return null;
  const range = rangeOf([0, ...rows.flatMap((one) => [one.low, one.mean, one.high])]);
  const sheet = { columns: ["Asset", "Forecast", "Low", "High", "By models"], rows: rows.map((one) => [one.ticker, one.mean, one.low, one.high, one.from_models ? "yes" : "no, the prior"]) };
  return (
    <Panel title="Forecasts" asked={asked} sheet={sheet} format={(x) => signed(x, 2)} note={`Returns over ${horizon(chosen)}; the interval is meant to hold ${percent(rows[0]!.level, 0)} of what happens.`}
      tools={<label class="inline">Over <select value={chosen} onChange={(e) => setChosen(Number(e.currentTarget.value))}>{horizons.map((one) => <option key={one} value={one}>{horizon(one)}</option>)}</select></label>}>
      <LongTable label="Forecasts" class="bars" walked columns={[{ word: "Asset" }, { word: "Picture", unseen: true }, { word: "Forecast", class: "num" }, { word: "Interval", class: "num wide" }]}
        rows={rows} cells={(one) => [one.ticker, "", signed(one.mean, 2), between(one)]} values={(one) => [one.ticker, null, one.mean, one.low]}
        row={(one) => (
          <tr key={one.ticker} {...stop(`${one.ticker}: ${signed(one.mean, 2)}, ${between(one)}`)}>
            <th scope="row"><TickerLink ticker={one.ticker} run={asked.run} /></th>
            <td class="bar"><Interval low={one.low} high={one.high} value={one.mean} range={range} marks={[{ at: 0, kind: "zero" }]} /></td>
            <td class="num">{signed(one.mean, 2)}<span class="narrow-only muted small">{between(one)}</span></td>
            <td class="num wide muted">{between(one)}</td>
          </tr>
        )} />
    </Panel>
  );
}

/** One asset over all horizons: the middle, and the interval that widens. */
export function Ahead({ forecasts, scores, asked }: { forecasts: readonly Forecast[]; scores: readonly Score[]; asked: ResultProps["asked"] }) {
  const tickers = [...new Set(forecasts.map((one) => one.ticker))].sort();
  const [chosen, setChosen] = useState(tickers[0] ?? "");
  const rows = forecasts.filter((one) => one.ticker === chosen).sort((a, b) => a.horizon - b.horizon);
  const fan = fanOf(rows);
  const level = rows[0]?.level ?? 0;
  const levels = [(1 - level) / 2, 0.5, (1 + level) / 2];
  const draw: Draw = useCallback((look) => fanOption(fan, levels, null, look), [forecasts, chosen]);
  const held = scores.filter((one) => one.kind === "combined" && typeof one.coverage === "number");
  if (fan.length < 3) return null; // one horizon is no way
  const sheet = { columns: ["Over", "Forecast", "Low", "High"], rows: rows.map((one) => [horizon(one.horizon), one.mean, one.low, one.high] as (string | number | null)[]) };
  return (
    <Panel title="One asset ahead" name="ahead" picture asked={asked} sheet={sheet} format={(x) => signed(x, 2)}
      tools={<label class="inline">Of <select value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>{tickers.map((one) => <option key={one}>{one}</option>)}</select></label>}
      note={`The band is the ${percent(level, 0)} interval at each horizon, the line its middle.${held.length ? ` Out of sample such intervals held ${listed(held.map((one) => `${percent(one.coverage)} over ${horizon(one.horizon)}`))}.` : ""}`}>
      <Chart draw={draw} stops={fanStops(fan, levels)} says={`${chosen}: ${fanSays(fan, levels)}`} name="ahead" height={260} />
    </Panel>
  );
}
