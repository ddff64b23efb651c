/** The leaderboard: every model beside the naive forecasts, which are rows like any other. */
import { useState } from "preact/hooks";
import type { Schemas } from "../api";
import { brief, horizon, type Maybe, modelWords, percent, ratio, words } from "../format";
import { Interval, rangeOf } from "../panels/interval";
import { Panel } from "../panels/panel";
import { type Column, LongTable } from "../panels/rows";
import type { Asked } from "../panels/panel";
import { useAlone } from "../panels/standing";
import { type Registered, size, statusOf, trainedOf, useRegistered } from "./registered";

type Score = Schemas["ModelScore"];

const SURE = 2; // standard errors, at which a bar ends
const USUAL = 21; // sessions, shown first

/** One score of a row: how it is written, and what a spreadsheet has of it. */
interface Measure {
  column: Column;
  write: (one: Score) => string;
  value: (one: Score) => number | null;
  error?: (one: Score) => number | null;
}

/** What models of one kind are ordered and drawn by, and what stands beside it. */
interface Board {
  word: string; // in the list of boards
  main: Measure;
  more: readonly Measure[];
  better: 1 | -1; // whether more or less is better
  verdict: boolean;
  note: (first: string) => string;
}

/** "−0.14 ± 0.05 %": a share in per cent with its standard error. */
export function shareWithError(value: Maybe, error: Maybe): string {
  const text = percent(value, 2);
  return typeof error === "number" && typeof value === "number" ? text.replace("\u202f%", ` \u00b1 ${ratio(100 * error)}\u202f%`) : text;
}

function withError(value: Maybe, error: Maybe): string {
  return typeof error === "number" && typeof value === "number" ? `${ratio(value, 3)} \u00b1 ${ratio(error, 3)}` : ratio(value, 3);
}

const known = (x: Maybe): number | null => x ?? null;
const number = (word: string, about: string): Column => ({ word, class: "num", about });

const RETURNS: Board = {
  word: "Returns", better: 1, verdict: true,
  main: {
    column: number("R\u00b2 across assets", "Squared error of the differences between assets that is saved against the pooled mean, out of sample: 0 is no better, above 0 is."),
    write: (one) => shareWithError(one.r2_across, one.r2_across_se), value: (one) => known(one.r2_across), error: (one) => known(one.r2_across_se),
  },
  more: [
    { column: number("Rank IC", "Rank correlation of forecasts and outcomes across assets: 0 is chance, 0.05 is good."), write: (one) => withError(one.rank_ic, one.rank_ic_se), value: (one) => known(one.rank_ic), error: (one) => known(one.rank_ic_se) },
    { column: number("Coverage", "Share of the outcomes inside their intervals, out of sample."), write: (one) => percent(one.coverage), value: (one) => known(one.coverage) },
    { column: number("In use", "Share of the forecast that is followed: how far the models are believed, times the weight among them. What they do not have is the prior's."), write: (one) => percent(one.share), value: (one) => known(one.share) },
    { column: number("RMSE", "Root mean squared error of the forecast returns, over the horizon."), write: (one) => percent(one.rmse, 2), value: (one) => known(one.rmse) },
  ],
  note: () => "Dot and bar: R\u00b2 with two standard errors either way; the line is the pooled mean of all assets. A model whose bar reaches the line is not shown to be any better than a naive forecast.",
};

const VOLATILITY: Board = {
  word: "Volatility", better: -1, verdict: false,
  main: {
    column: number("Loss", "QLIKE, a loss of the variance, less that of the first model: below 0 is better."),
    write: (one) => withError(one.qlike, one.qlike_se), value: (one) => known(one.qlike), error: (one) => known(one.qlike_se),
  },
  more: [
    { column: number("R\u00b2 of log variance", "Of the logarithm of the realised variance, its level apart: 100 % is a perfect forecast."), write: (one) => shareWithError(one.r2_log_variance, one.r2_log_variance_se), value: (one) => known(one.r2_log_variance), error: (one) => known(one.r2_log_variance_se) },
  ],
  note: (first) => `Dot and bar: the loss less that of ${first}, with two standard errors either way; left of the line a model is better than ${first}.`,
};

const boardOf = (one: Score): Board => (one.kind === "volatility" ? VOLATILITY : RETURNS);

const KINDS: Record<Score["kind"], string> = { model: "", volatility: "", baseline: "naive", combined: "" };

export function Leaderboard({ scores, asked }: { scores: readonly Score[]; asked: Asked }) {
  const boards = [RETURNS, VOLATILITY].flatMap((board) => horizonsOf(scores, board).map((over) => ({ board, over, key: `${board.word}, ${horizon(over)}` })));
  const [chosen, setChosen] = useState("");
  const one = boards.find((each) => each.key === chosen) ?? boards.find((each) => each.over === USUAL) ?? boards[0];
  if (!one) return null;
  const of = scores.filter((each) => boardOf(each) === one.board && each.horizon === one.over);
  return <Ranked key={one.key} board={one.board} scores={of} asked={asked}
    choice={<label class="inline">Of <select value={one.key} onChange={(e) => setChosen(e.currentTarget.value)}>{boards.map(({ key }) => <option key={key}>{key}</option>)}</select></label>} />;
}

const horizonsOf = (scores: readonly Score[], board: Board): number[] =>
  [...new Set(scores.filter((one) => boardOf(one) === board).map((one) => one.horizon))].sort((a, b) => a - b);

/** The best first; what has no score comes last. */
export function ranked(scores: readonly Score[]): Score[] {
  const place = (one: Score): number => {
    const { main, better } = boardOf(one);
    const value = main.value(one);
    return value === null ? -Infinity : better * value;
  };
  return [...scores].sort((a, b) => (place(a) === place(b) ? 0 : place(b) - place(a)));
}

/** What the registry has measured of the trained model of each row; nothing where none is trained. */
export function measuredOf(all: Registered): Measure[] {
  const seconds = (one: Score): number | null => known(trainedOf(all, one)?.seconds);
  const bytes = (one: Score): number | null => known(trainedOf(all, one)?.bytes);
  const written = (value: number | null, write: (x: number) => string): string => (value === null ? "n/a" : write(value));
  return [
    { column: number("Train time", "Of the trained model of that name that is kept, on the machine that fitted it; n/a: none is kept, or it was not measured."), write: (one) => written(seconds(one), brief), value: seconds },
    { column: number("Size", "Of the file of that model; n/a: none is kept."), write: (one) => written(bytes(one), size), value: bytes },
  ];
}

function Ranked({ board, scores, asked, choice }: { board: Board; scores: readonly Score[]; asked: Asked; choice: preact.ComponentChildren }) {
  const rows = ranked(scores);
  const all = useRegistered();
  const isKept = rows.some((one) => trainedOf(all, one));
  const inAFile = useAlone() !== null;
  const first = modelWords(scores[0]!.model); // the reference of the losses
  const measures = [board.main, ...[...board.more, ...measuredOf(all)].filter((one) => rows.some((row) => one.value(row) !== null))];
  const end = (one: Score, side: number): number | null => {
    const [value, error] = [board.main.value(one), board.main.error?.(one) ?? null];
    return value === null || error === null ? null : value + side * SURE * error;
  };
  const range = rangeOf([0, ...rows.flatMap((one) => [end(one, -1), board.main.value(one), end(one, 1)])]);
  const columns: Column[] = [{ word: "Model" }, ...(board.verdict ? [{ word: "Verdict", class: "wordy" }] : []), { word: "Picture", unseen: true }, ...measures.map((one) => one.column)];
  const verdict = (one: Score): string[] => (board.verdict ? [verdictOf(one)] : []);
  const nameOf = (one: Score): string => [words(modelWords(one.model)), KINDS[one.kind], statusOf(all, one)].filter(Boolean).join(" ");
  const cells = (one: Score): string[] => [nameOf(one), ...verdict(one), "", ...measures.map((each) => each.write(one))];
  const sheet = {
    columns: ["Model", "Kind", ...(isKept ? ["Status"] : []), ...(board.verdict ? ["Verdict"] : []), ...measures.flatMap((one) => (one.error ? [one.column.word, "Standard error"] : [one.column.word]))],
    rows: rows.map((one) => [words(modelWords(one.model)), one.kind, ...(isKept ? [statusOf(all, one)] : []), ...verdict(one), ...measures.flatMap((each) => (each.error ? [each.value(one), each.error(one)] : [each.value(one)]))] as (string | number | null)[]),
  };
  return (
    <Panel title="Leaderboard" asked={asked} sheet={sheet} format={(x) => ratio(x, 4)} tools={choice} note={<>{board.note(first)} Everything is out of sample; {"\u00b1"} is one standard error. {isKept && "Train time and size are those of the model of that name that was kept last; the champion has an alias, such as production."}{!isKept && !inAFile && <>Train time and size are measured when a model is kept: <a href="/training">train them</a>.</>}</>}>
      <LongTable label="Leaderboard" class="plain worded board" rows={rows} cells={cells} columns={columns}
        values={(one) => [nameOf(one), ...verdict(one), null, ...measures.map((each) => each.value(one))]}
        row={(one) => (
          <tr key={one.model} role="row" class={one.kind === "combined" ? "strong" : ""}>
            <th scope="row" role="rowheader">{words(modelWords(one.model))} {[KINDS[one.kind], statusOf(all, one)].filter(Boolean).map((tag) => <span key={tag} class="tag">{tag}</span>)}</th>
            {board.verdict && <td role="cell" class="wordy" data-head="Verdict"><Verdict text={verdictOf(one)} /></td>}
            <td role="cell" class="bar wordy"><Interval low={end(one, -1)} high={end(one, 1)} value={board.main.value(one)} range={range} marks={[{ at: 0, kind: "zero" }]} /></td>
            {measures.map((each) => <td key={each.column.word} role="cell" class="num" data-head={each.column.word}>{each.write(one)}</td>)}
          </tr>
        )} />
    </Panel>
  );
}

/** What is said of a model, and below it how long a record would say more. */
function Verdict({ text }: { text: string }) {
  const [said, ...why] = text.split("; ");
  return <>{said}{why.length > 0 && <span class="muted small block-line">{words(why.join("; "))}</span>}</>;
}

/** What the forecasts are worth; some are the pooled mean itself, which the others are held against. */
function verdictOf(one: Score): string {
  if (one.model === "pooled mean") return "What the others are held against";
  return one.r2_across === 0 && !one.r2_across_se ? "The same as the pooled mean" : words(one.verdict);
}
