/** What a model rests on: what its forecasts lose without each feature, with the error of that. */
import { useState } from "preact/hooks";
import type { Schemas } from "../api";
import { horizon, type Maybe, modelWords, percent, ratio, words } from "../format";
import { Interval, rangeOf } from "../panels/interval";
import { Panel } from "../panels/panel";
import { type Column, LongTable } from "../panels/rows";
import { stop } from "../panels/walk";
import { shareWithError } from "./leaderboard";
import type { ResultProps } from ".";

type Feature = Schemas["FeatureImportance"];

const SURE = 2; // standard errors, beyond which it is shown
const COLUMNS: readonly Column[] = [
  { word: "Feature" }, { word: "Picture", unseen: true },
  { word: "R\u00b2 lost without it", class: "num", about: "What the forecasts\u2019 R\u00b2 loses when the values of the feature are shuffled; \u00b1 is one standard error." },
  { word: "Rank correlation lost", class: "num wide", about: "The same of the rank correlation of forecasts and outcomes across assets." },
  { word: "Verdict", class: "wide does" },
];

const end = ({ r2_loss: value, r2_loss_se: error }: Feature, side: number): number | null =>
  typeof value === "number" && typeof error === "number" ? value + side * SURE * error : null;

/** "helps", "harms", or neither is shown: two standard errors tell. */
export function doesWhat(one: Feature): string {
  const [low, high] = [end(one, -1), end(one, 1)];
  if (low !== null && low > 0) return "helps";
  return high !== null && high < 0 ? "harms" : "not shown";
}

const rankLost = (value: Maybe, error: Maybe): string => (typeof error === "number" && typeof value === "number" ? `${ratio(value, 3)} \u00b1 ${ratio(error, 3)}` : ratio(value, 3));

export function ImportanceView({ run, asked }: ResultProps) {
  const { importance } = run.result as Schemas["ImportanceResult"];
  const [chosen, setChosen] = useState(importance[0]?.horizon ?? 0);
  const one = importance.find((each) => each.horizon === chosen);
  if (!one) return null;
  const rows = one.features;
  const range = rangeOf([0, ...rows.flatMap((each) => [end(each, -1), each.r2_loss, end(each, 1)])]);
  const cells = (each: Feature): string[] => [each.label, "", shareWithError(each.r2_loss, each.r2_loss_se), rankLost(each.rank_ic_loss, each.rank_ic_loss_se), doesWhat(each)];
  const sheet = {
    columns: ["Feature", "R\u00b2 lost", "Standard error", "Rank correlation lost", "Its standard error", "Verdict"],
    rows: rows.map((each) => [each.label, each.r2_loss, each.r2_loss_se, each.rank_ic_loss, each.rank_ic_loss_se, doesWhat(each)] as (string | number | null)[]),
  };
  return (
    <Panel title={`What ${modelWords(one.model)} rests on`} name="importance" asked={asked} sheet={sheet} format={(x, c) => (c < 3 ? percent(x, 3) : ratio(x, 4))}
      note={`Over ${horizon(one.horizon)}, out of sample. Dot and bar: what is lost, with two standard errors either way. Right of the line the feature helps, left of it forecasts are better without it.`}
      tools={importance.length > 1 && <label class="inline">Over <select value={chosen} onChange={(e) => setChosen(Number(e.currentTarget.value))}>{importance.map((each) => <option key={each.horizon} value={each.horizon}>{horizon(each.horizon)}</option>)}</select></label>}>
      <LongTable label="Features" class="bars" walked columns={COLUMNS} rows={rows} cells={cells} values={(each) => [each.label, null, each.r2_loss, each.rank_ic_loss, doesWhat(each)]}
        row={(each) => {
          const [label, , lost, rank, what] = cells(each);
          return (
            <tr key={each.feature} {...stop(`${label}: ${lost} of R\u00b2 lost without it; ${what}`)}>
              <th scope="row">{words(label!)}</th>
              <td class="bar"><Interval low={end(each, -1)} high={end(each, 1)} value={each.r2_loss} range={range} marks={[{ at: 0, kind: "zero" }]} /></td>
              <td class="num">{lost}</td><td class="num wide">{rank}</td><td class="wide does muted">{what}</td>
            </tr>
          );
        }} />
    </Panel>
  );
}
