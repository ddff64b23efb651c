/** Signals: which assets are worth a position, of what size, and how sure that is. */
import type { Schemas } from "../api";
import { horizon, percent, phrase, ratio, signed, words } from "../format";
import { Interval, rangeOf } from "../panels/interval";
import { Kpi } from "../panels/kpi";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import { TickerLink } from "../panels/ticker";
import { stop } from "../panels/walk";
import type { ResultProps } from ".";

type Signal = Schemas["AssetSignal"];

const SIDES: Record<Signal["direction"], string> = { long: "buy", short: "sell", none: "keep" };
const HEADS = [
  { word: "Asset" }, { word: "Position" }, { word: "Size", class: "num", about: "Of the whole portfolio." }, { word: "Picture", unseen: true },
  { word: "Forecast", class: "num" }, { word: "Interval", class: "num wide" },
  { word: "Confidence", class: "num wide", about: "The probability that the return is above what cash earns, or below it for a short position." },
];

/** "none, long waits": a new direction must last before it is followed. */
const positionOf = (one: Signal): string => words(one.direction) + (one.held_back ? `, ${phrase(one.held_back)} waits` : "");
const between = (one: Signal): string => `${signed(one.low, 0)} to ${signed(one.high, 0)}`;
const largestFirst = (a: Signal, b: Signal): number => Math.abs(b.size ?? 0) - Math.abs(a.size ?? 0) || (b.score ?? 0) - (a.score ?? 0);

export function SignalsView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["Signals"];
  const rows = [...result.signals].sort(largestFirst);
  const held = rows.filter((one) => one.direction !== "none");
  const over = horizon(result.horizon);
  return (
    <>
      <section class="kpis" aria-label="Signals in short">
        <Kpi word="Positions" value={`${held.length} of ${rows.length}`} note="assets that are worth one" />
        <Kpi word="Invested" value={percent(result.invested, 0)} note={`the rest is cash, at ${percent(result.cash_return, 2)} over ${over}`} />
        <Kpi word="Skill" value={result.skill_shown ? "Shown" : "Not shown"} note={result.skill_shown ? "the models move the forecasts" : "forecasts rest on all assets’ past mean"} />
        <Kpi word="Market" value={regimeOf(result.regime)} note={regimeNote(result.regime)} />
      </section>
      <Positions rows={rows} over={over} asked={asked} />
    </>
  );
}

type Regime = Schemas["Signals"]["regime"];

const likeliest = (regime: Regime): [string, number] | undefined => Object.entries(regime ?? {}).sort((a, b) => b[1] - a[1])[0];
const regimeOf = (regime: Regime): string => words(likeliest(regime)?.[0] ?? "n/a");
const regimeNote = (regime: Regime): string => {
  const first = likeliest(regime);
  return first ? `regime, with a probability of ${percent(first[1], 0)}` : "too little history for a regime";
};

function Positions({ rows, over, asked }: { rows: readonly Signal[]; over: string; asked: ResultProps["asked"] }) {
  const range = rangeOf([0, ...rows.flatMap((one) => [one.low, one.mean, one.high])]);
  const cells = (one: Signal): string[] => [one.ticker, positionOf(one), percent(one.size), "", signed(one.mean), between(one), percent(one.confidence, 0)];
  const sheet = {
    columns: ["Asset", "Position", "Size", "Confidence", "Score", "Forecast", "Low", "High"],
    rows: rows.map((one) => [one.ticker, positionOf(one), one.size, one.confidence, one.score, one.mean, one.low, one.high] as (string | number | null)[]),
  };
  return (
    <Panel title="Worth a position" name="signals" asked={asked} sheet={sheet} format={(x, c) => (c === 4 ? ratio(x) : c > 4 ? signed(x, 2) : percent(x))}
      note={`Returns over ${over}: the dot is the forecast, the bar its ${percent(rows[0]?.level, 0)} interval, the line is no gain. Long: worth holding; short: worth selling short.`}>
      <LongTable label="Signals" class="bars close" walked columns={HEADS} rows={rows} cells={cells}
        values={(one) => [one.ticker, positionOf(one), one.size, null, one.mean, one.low, one.confidence]}
        row={(one) => (
          <tr key={one.ticker} {...stop(`${one.ticker}: ${positionOf(one)}, ${percent(one.size)} of the portfolio, ${signed(one.mean)} expected, ${between(one)}`)}>
            <th scope="row"><TickerLink ticker={one.ticker} run={asked.run} /></th>
            <td><span class={`side ${SIDES[one.direction]}`}>{positionOf(one)}</span></td>
            <td class="num">{percent(one.size)}</td>
            <td class="bar"><Interval low={one.low} high={one.high} value={one.mean} range={range} marks={[{ at: 0, kind: "zero" }]} /></td>
            <td class="num">{signed(one.mean)}<span class="narrow-only muted small">{between(one)}</span></td>
            <td class="num wide muted">{between(one)}</td>
            <td class="num wide">{percent(one.confidence, 0)}</td>
          </tr>
        )} />
    </Panel>
  );
}
