/** What is forecast of every asset, each with its interval; and the models, the naive ones among them. */
import { useCallback, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { fanOf, fanOption, fanSays, fanStops } from "../charts/lines";
import { horizon, listed, percent, ratio, signed, words } from "../format";
import { Interval, rangeOf } from "../panels/interval";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import { TickerLink } from "../panels/ticker";
import { stop } from "../panels/walk";
import type { ResultProps } from ".";

type Forecast = Schemas["AssetForecast"];
type Score = Schemas["ModelScore"];

export function ForecastView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["ForecastResult"];
  return (
    <>
      <Intervals forecasts={result.forecasts} asked={asked} />
      <Ahead forecasts={result.forecasts} scores={result.leaderboard} asked={asked} />
      <Leaderboard scores={result.leaderboard} asked={asked} />
    </>
  );
}

const between = (one: Forecast): string => `${percent(one.low)} to ${percent(one.high)}`;

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
      <LongTable label="Forecasts" class="bars" walked columns={[{ word: "Asset" }, { word: "Picture", unseen: true }, { word: "Forecast", class: "num" }, { word: "Interval", class: "num" }]}
        rows={rows} cells={(one) => [one.ticker, "", signed(one.mean, 2), between(one)]} values={(one) => [one.ticker, null, one.mean, one.low]}
        row={(one) => (
          <tr key={one.ticker} {...stop(`${one.ticker}: ${signed(one.mean, 2)}, ${between(one)}`)}>
            <th scope="row"><TickerLink ticker={one.ticker} run={asked.run} /></th>
            <td class="bar"><Interval low={one.low} high={one.high} value={one.mean} range={range} marks={[{ at: 0, kind: "zero" }]} /></td>
            <td class="num">{signed(one.mean, 2)}</td>
            <td class="num muted">{between(one)}</td>
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

/** Models by their skill beyond the naive forecast; the naive ones are rows like any other. */
export function Leaderboard({ scores, asked }: { scores: readonly Score[]; asked: ResultProps["asked"] }) {
  const kinds = [...new Set(scores.map((one) => `${one.kind} ${one.horizon}`))];
  const [chosen, setChosen] = useState(kinds.find((one) => one.endsWith(" 21")) ?? kinds[0] ?? "");
  const rows = scores.filter((one) => `${one.kind} ${one.horizon}` === chosen).sort((a, b) => skill(b) - skill(a));
  if (rows.length === 0) return null;
  const first = scores.find((one) => `${one.kind} ${one.horizon}` === chosen)!.model; // the reference of the losses
  const volatility = rows[0]!.kind === "volatility";
  const name = (key: string): string => { const [kind = "", over = ""] = key.split(" "); return `${words(kind)}, ${horizon(Number(over))}`; };
  const intervals = rows.some((one) => one.coverage !== null); // forecasts of volatility have none
  const columns = volatility ? ["Model", `QLIKE less that of ${first}`, "R² of log variance"] : ["Model", "Verdict", "R² beyond the mean", "Rank correlation", ...(intervals ? ["Interval held"] : [])];
  const cells = (one: Score): string[] => (volatility
    ? [words(one.model), plusMinus(one.qlike, one.qlike_se), plusMinus(one.r2_log_variance, one.r2_log_variance_se)]
    : [words(one.model), one.verdict ?? "", plusMinus(one.r2_mean, one.r2_mean_se), plusMinus(one.rank_ic, one.rank_ic_se), ...(intervals ? [one.coverage === null ? "no interval" : percent(one.coverage)] : [])]);
  const sheet = { columns, rows: rows.map((one) => (volatility ? [one.model, one.qlike, one.r2_log_variance] : [one.model, one.verdict ?? "", one.r2_mean, one.rank_ic, ...(intervals ? [one.coverage] : [])]) as (string | number | null)[]) };
  return (
    <Panel title="Leaderboard" asked={asked} sheet={sheet} format={(x) => ratio(x, 4)} note={volatility ? `All scores are out of sample; ± is a standard error. QLIKE is a loss: below zero a model is better than ${first}.` : "All scores are out of sample; ± is a standard error. A model that does not beat the naive forecasts is no better than they are."}
      tools={<label class="inline">Of <select value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>{kinds.map((one) => <option key={one} value={one}>{name(one)}</option>)}</select></label>}>
      <LongTable label="Leaderboard" class="plain telling" rows={rows} cells={cells}
        columns={columns.map((word, n) => ({ word, class: n > (volatility ? 0 : 1) ? "num" : "" }))} values={(one) => sheet.rows[rows.indexOf(one)]!}
        row={(one) => (
          <tr key={one.model + one.level} role="row">
            {cells(one).map((text, n) => (n === 0
              ? <th key={n} scope="row" role="rowheader">{text}</th>
              : <td key={n} role="cell" data-head={columns[n]} class={n > 1 || volatility ? "num" : "told"}>{text}</td>))}
          </tr>
        )} />
    </Panel>
  );
}

const skill = (one: Score): number => (one.kind === "volatility" ? one.r2_log_variance : one.r2_mean) ?? -Infinity;

function plusMinus(value: number | null | undefined, error: number | null | undefined): string {
  const text = ratio(value, 3);
  return typeof error === "number" ? `${text} \u00b1 ${ratio(error, 3)}` : text;
}
