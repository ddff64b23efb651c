/** Which model forecasts better: the verdict in words, then each pair with its interval. */
import { useState } from "preact/hooks";
import type { Schemas } from "../api";
import { chance, count, horizon, modelWords, percent, plain, ratio, signed, words } from "../format";
import { Interval, rangeOf } from "../panels/interval";
import { type Judgement, Judged } from "../panels/judged";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import type { ResultProps } from ".";

type Comparison = Schemas["ModelComparison"];
type Pair = Schemas["ModelPair"];

const SHOWN = 0.05; // a p-value below it shows a difference

export function ComparisonView({ run, asked }: ResultProps) {
  const { comparisons } = run.result as Schemas["ComparisonResult"];
  const [chosen, setChosen] = useState(comparisons.find((one) => one.horizon === 21)?.horizon ?? comparisons[0]?.horizon ?? 0);
  const one = comparisons.find((each) => each.horizon === chosen);
  if (!one) return null;
  const choice = comparisons.length > 1 && <label class="inline">Over <select value={chosen} onChange={(e) => setChosen(Number(e.currentTarget.value))}>{comparisons.map((each) => <option key={each.horizon} value={each.horizon}>{horizon(each.horizon)}</option>)}</select></label>;
  return (
    <>
      <Verdict one={one} asked={asked} choice={choice} />
      <Models one={one} asked={asked} />
    </>
  );
}

function Verdict({ one, asked, choice }: { one: Comparison; asked: ResultProps["asked"]; choice: preact.ComponentChildren }) {
  const range = rangeOf([0, ...one.pairs.flatMap((pair) => [pair.low, pair.high])]);
  const sheet = {
    columns: ["Model", "Against", "Change of the loss", "Low", "High", "p", "p as one of all"],
    rows: one.pairs.map((pair) => [pair.name, pair.reference, pair.change, pair.low, pair.high, pair.p_value, pair.p_family]),
  };
  return (
    <Panel title={`Over ${horizon(one.horizon)}`} name="verdict" asked={asked} sheet={sheet} format={(x, c) => (c < 5 ? signed(x, 2) : ratio(x, 3))} tools={choice}
      note={`By ${one.measure}, over ${count(one.sessions)} sessions that all models forecast, ${count(one.independent)} of them without overlap. Left of the line the first model loses less; p is that of all pairs together.`}>
      <p class="lead-line">{words(modelWords(one.verdict))}.</p>
      <Judged rows={one.pairs.map((pair) => judged(pair, range))} label="Pairs of models" />
    </Panel>
  );
}

function judged(pair: Pair, range: ReturnType<typeof rangeOf>): Judgement {
  const shown = pair.p_family < SHOWN;
  const better = pair.change < 0;
  return {
    name: pair.reference, tone: shown ? (better ? "ok" : "bad") : "info",
    mark: shown ? (better ? "better" : "worse") : "not shown",
    about: `${words(modelWords(pair.name))} against ${modelWords(pair.reference)}`,
    why: shown ? "" : "No difference beyond luck: either may be the better one.",
    picture: <Interval low={pair.low} high={pair.high} value={pair.change} range={range} marks={[{ at: 0, kind: "zero" }]} />,
    numbers: [["change of the loss", signed(pair.change)], ["interval", `${signed(pair.low)} to ${signed(pair.high)}`], ["p", chance(pair.p_family)]],
  };
}

function Models({ one, asked }: { one: Comparison; asked: ResultProps["asked"] }) {
  const least = Math.min(...one.losses);
  const rows = one.names.map((name, n) => ({ name, loss: one.losses[n]!, p: one.p_values[n]!, best: one.best.includes(name) }));
  const cells = (row: (typeof rows)[number]): string[] => [words(modelWords(row.name)), row.best ? "yes" : "no", plain(row.loss), percent(least ? row.loss / least - 1 : null, 2)];
  const sheet = { columns: ["Model", "Loss", "p of being among the best", "May be best"], rows: rows.map((row) => [row.name, row.loss, row.p, row.best ? "yes" : "no"]) };
  return (
    <Panel title="Which may be the best" name="models" tabular asked={asked} sheet={sheet} format={(x) => plain(x)} note={"The 90\u202f% model confidence set: any of its models may be the best, no other is."}>
      <LongTable label="Models" rows={rows} cells={cells} values={(row) => [row.name, row.best ? "yes" : "no", row.loss, row.loss]}
        columns={[{ word: "Model" }, { word: "May be the best" }, { word: "Loss", class: "num" }, { word: "More than the least", class: "num" }]}
        row={(row) => <tr key={row.name} class={row.best ? "" : "weak"} role="row">{cells(row).map((text, n) => (n === 0 ? <th key={n} scope="row" role="rowheader">{text}</th> : <td key={n} role="cell" class={n > 1 ? "num" : ""}>{text}</td>))}</tr>} />
    </Panel>
  );
}
