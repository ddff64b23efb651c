/** The panels of a ticker: its price over time, the interval at each horizon, its weights with their reasons. */
import { useCallback, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { fanOf, fanOption, fanSays, fanStops, type Over, overTime, stopsOver } from "../charts/lines";
import { horizon, listed, moment, money, percent, phrase, plain, signed, words } from "../format";
import { type Elsewhere, keptElsewhere, quoted } from "../panels/asked";
import { Interval, rangeOf } from "../panels/interval";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import { stop } from "../panels/walk";
import { runAddress } from "../routes";
import type { Saved } from "./kept";
import { type Held, YEAR } from "./ticker_facts";

type Run = Schemas["Summary"];

const SPANS: readonly [number, string][] = [[0, "all years"], [10, "10 years"], [5, "5 years"], [1, "1 year"]];

export function PricePanel({ closes, run }: { closes: Schemas["Closes"]; run: string }) {
  const { ticker, sessions: dates, closes: values } = closes;
  const [years, setYears] = useState(0);
  const [log, setLog] = useState(false);
  const window = { first: dates[0]!, last: dates.at(-1)!, ...(years ? { from: dates[Math.max(0, dates.length - 1 - years * YEAR)]! } : {}), slider: true };
  const over: Over = { dates, lines: [{ name: ticker, values }], log, format: (x) => money(x, 2), onAxis: (x) => plain(Number(x.toPrecision(2))), window };
  const draw: Draw = useCallback((look) => overTime(over, look), [closes, years, log]);
  const says = `${ticker} from ${window.first} to ${window.last}: from ${money(values[0], 2)} to ${money(values.at(-1), 2)}.`;
  const sheet = { columns: ["Session", "Adjusted close"], rows: dates.map((day, n) => [day, values[n]!]) };
  return (
    <Panel title="Price" name={`${ticker}-price`} picture sheet={sheet} format={(x) => money(x, 2)} elsewhere={closesElsewhere(ticker, run)}
      tools={<><label class="inline">Over <select value={years} onChange={(e) => setYears(Number(e.currentTarget.value))}>{SPANS.filter(([n]) => n * YEAR < dates.length).map(([n, word]) => <option key={n} value={n}>{word}</option>)}</select></label>
        <button type="button" aria-pressed={log} onClick={() => setLog(!log)}>Log scale</button></>}
      note={`Closes, adjusted for splits and dividends, of ${closes.name}, ${window.first} to ${window.last}, in the currency of the prices.`}>
      <Chart draw={draw} stops={stopsOver(over)} says={says} name="price" height={320} />
    </Panel>
  );
}

function closesElsewhere(ticker: string, run: string): Elsewhere {
  const path = `/api/data/closes/${encodeURIComponent(ticker)}${run ? `?run=${run}` : ""}`;
  return { ways: [["API call", `curl -s ${quoted(`${location.origin}${path}`)}`]], result: { address: path, file: `${ticker}-closes.json` } };
}

const address = (run: Run): string => runAddress(run.kind, run.id);
export const ofRun = (run: Run): Elsewhere => keptElsewhere(`/api/runs/${run.id}/result`, `forefolio runs show ${run.id}`);

type Row = Schemas["AssetForecast"];
const between = (one: Row): string => `${percent(one.low)} to ${percent(one.high)}`;

/** An interval for each horizon; of three or more the way as a fan. */
export function ForecastPanel({ ticker, rows, run }: { ticker: string; rows: readonly Row[]; run: Run }) {
  const fan = fanOf(rows);
  const level = rows[0]!.level;
  const levels = [(1 - level) / 2, 0.5, (1 + level) / 2];
  const draw: Draw = useCallback((look) => fanOption(fan, levels, null, look), [rows]);
  const range = rangeOf([0, ...rows.flatMap((one) => [one.low, one.mean, one.high])]);
  const sheet = { columns: ["Over", "Forecast", "Low", "High", "Prior", "By models"], rows: rows.map((one) => [horizon(one.horizon), one.mean, one.low, one.high, one.prior, one.from_models ? "yes" : "no, the prior"]) };
  const columns = [{ word: "Over" }, { word: "Picture", unseen: true }, { word: "Forecast", class: "num" }, { word: "Interval", class: "num" }];
  const moved = rows.filter((one) => one.from_models).map((one) => horizon(one.horizon));
  const by = moved.length === 0 ? "No model moved it away from the prior." : moved.length === rows.length ? "Models moved it away from the prior." : `Models moved it away from the prior over ${listed(moved)} alone.`;
  return (
    <Panel title="Forecast" name={`${ticker}-forecast`} picture={fan.length > 2} elsewhere={ofRun(run)} sheet={sheet} format={(x) => signed(x, 2)}
      note={<>Returns over each horizon; an interval is meant to hold {percent(level, 0)} of what happens. {by} From the <a href={address(run)}>{phrase(run.kind)} of {moment(run.created_at)}</a>, the newest that forecast it.</>}>
      {fan.length > 2 && <Chart draw={draw} stops={fanStops(fan, levels)} says={`${ticker}: ${fanSays(fan, levels)}`} name="ahead" height={250} />}
      <LongTable label={`Forecasts of ${ticker}`} class="bars" walked columns={columns} rows={rows} cells={(one) => [horizon(one.horizon), "", signed(one.mean, 2), between(one)]} values={(one) => [one.horizon, null, one.mean, one.low]}
        row={(one) => (
          <tr key={one.horizon} {...stop(`Over ${horizon(one.horizon)}: ${signed(one.mean, 2)}, ${between(one)}`)}>
            <th scope="row">{horizon(one.horizon)}</th>
            <td class="bar"><Interval low={one.low} high={one.high} value={one.mean} range={range} marks={[{ at: 0, kind: "zero" }]} /></td>
            <td class="num">{signed(one.mean, 2)}</td>
            <td class="num muted">{between(one)}</td>
          </tr>
        )} />
    </Panel>
  );
}

interface Place {
  key: string;
  name: string;
  to: string;
  when: string;
  weight: number;
  share: number | null;
  why: string;
}

const NO_REASON = "No reason is kept with it.";

const ofHeld = ({ run, weight, share, why }: Held): Place =>
  ({ key: run.id, name: run.kind === "frontier" ? "Frontier, best for its risk" : words(run.kind), to: address(run), when: moment(run.created_at), weight, share, why: why || NO_REASON });

const ofSaved = (one: Saved, ticker: string): Place =>
  ({ key: `saved ${one.name}`, name: one.name, to: `/portfolios?${new URLSearchParams({ q: one.name }).toString()}`, when: String(one.saved).slice(0, 10), weight: one.weights[ticker]!, share: null, why: one.objective ? `Saved: chosen by ${phrase(one.objective)}.` : "Saved: weights of one's own." });

/** What is held of it, in the newest runs and in saved portfolios; a run that could hold it and does not is a row as well. */
export function HeldPanel({ ticker, held, kept }: { ticker: string; held: readonly Held[]; kept: readonly Saved[] }) {
  const places = [...held.map(ofHeld), ...kept.map((one) => ofSaved(one, ticker))];
  const heads = ["Portfolio", "Of", "Weight", "Share of the risk", "Why"];
  const cells = (one: Place): string[] => [one.name, one.when, percent(one.weight), one.share === null ? "not asked" : percent(one.share), one.why];
  const values = (one: Place): (string | number | null)[] => [one.name, one.when, one.weight, one.share, one.why];
  const kinds = ["", "", "num", "num", "wordy"];
  return (
    <Panel title="What is held of it, and why" name={`${ticker}-weights`} sheet={{ columns: heads, rows: places.map(values) }} format={(x) => percent(x, 2)} elsewhere={held[0] ? ofRun(held[0].run) : keptElsewhere("/api/portfolios", "forefolio portfolio list", "ff.portfolios()")}
      note="The newest four runs of each kind, and saved portfolios.">
      <LongTable label={`Weights of ${ticker}`} class="plain worded" rows={places} cells={cells} values={values} columns={heads.map((word, n) => ({ word, class: kinds[n]! }))}
        row={(one) => (
          <tr key={one.key} role="row">
            {cells(one).map((text, n) => (n === 0
              ? <th key={n} scope="row" role="rowheader"><a href={one.to}>{text}</a></th>
              : <td key={n} role="cell" data-head={heads[n]} class={kinds[n]!}>{text}</td>))}
          </tr>
        )} />
    </Panel>
  );
}
