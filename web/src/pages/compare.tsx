/** Runs of one question beside each other: what was asked differently, and what came of it. */
import { useEffect, useState } from "preact/hooks";
import { ask, type Doc, once, type Schemas } from "../api";
import { fromStudy } from "../form/address";
import { type Difference, differences } from "../form/difference";
import { listed, moment, percent, points, ratio, words } from "../format";
import { lazily } from "../lazy";
import { type Elsewhere, ORDINALS, runsElsewhere } from "../panels/asked";
import { Bars } from "../panels/bars";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import { SideBySide } from "../panels/side";
import { runAddress } from "../routes";
import type { Place } from "../router";

type Snapshot = Schemas["Snapshot"];
type Weights = Record<string, number>;

interface Answer {
  run: Snapshot;
  result: Record<string, unknown>;
  page: Schemas["ShownPage"];
}

const MOST = ORDINALS.length;
const NAMES = ORDINALS.map(words);

const Frontiers = lazily(async () => (await import("../results/beside")).FrontiersBeside);
const Growths = lazily(async () => (await import("../results/growths")).GrowthsBeside);

export function ComparePage({ place }: { place: Place }) {
  const ids = (place.query.get("runs") ?? "").split(",").filter(Boolean);
  const [answers, setAnswers] = useState<readonly Answer[] | null>(null);
  const [form, setForm] = useState<Schemas["StudyForm"] | null>(null);
  const [problem, setProblem] = useState("");
  const few = ids.length > 1 && ids.length <= MOST;
  useEffect(() => {
    document.title = "Runs compared \u00b7 Forefolio";
    setAnswers(null);
    setProblem(few ? "" : `The address should name two to ${ORDINALS.length} runs.`);
    if (!few) return;
    Promise.all(ids.map(read)).then(async (all) => {
      const kinds = [...new Set(all.map((one) => one.run.kind))];
      if (kinds.length > 1) throw new Error(`These are runs of ${listed(kinds.map((one) => words(one).toLowerCase()))}: runs of one kind can be compared.`);
      setForm(await once<Schemas["StudyForm"]>(`/api/studies/${kinds[0]!}`));
      setAnswers(all);
    }).catch((error: Error) => setProblem(error.message));
  }, [ids.join()]);
  return (
    <main class="page" id="main">
      <h1>{ids.length === 2 ? "Two runs" : "Runs"} beside each other</h1>
      {problem && <p class="problem" role="alert">{problem} <a href="/portfolios">Choose runs</a>.</p>}
      {answers && form ? <Beside answers={answers} asked={differences(form, answers.map((one) => one.run.study as Doc))} elsewhere={elsewhereOf(form, answers)} /> : !problem && <div class="card ghost tall" />}
    </main>
  );
}

async function read(id: string): Promise<Answer> {
  const [run, result, page] = await Promise.all([
    ask<Snapshot>(`/api/runs/${id}`), ask<Answer["result"]>(`/api/runs/${id}/result`), ask<Answer["page"]>(`/api/runs/${id}/page`),
  ]);
  return { run, result, page };
}

const elsewhereOf = (form: Schemas["StudyForm"], answers: readonly Answer[]): Elsewhere =>
  runsElsewhere(form, answers.map((one) => ({ id: one.run.id, document: fromStudy(one.run.study as Doc, form) })));

function Beside({ answers, asked, elsewhere }: { answers: readonly Answer[]; asked: readonly Difference[]; elsewhere: Elsewhere }) {
  const kind = answers[0]!.run.kind;
  const results = answers.map((one) => one.result);
  const figures = figuresOf(kind, results);
  const weights = results.map(weightsOf);
  const held = weights.every((one) => one !== null) ? (weights as Weights[]) : null;
  return (
    <>
      <div class="two even">
        {answers.map((one, n) => <InWords key={one.run.id} answer={one} which={NAMES[n]!} />)}
      </div>
      <div class="two even">
        <Asked answers={answers} differences={asked} elsewhere={elsewhere} />
        {figures.length > 0 && <Found figures={figures} elsewhere={elsewhere} />}
      </div>
      {kind === "frontier" && <Frontiers results={results as unknown as Schemas["FrontierResult"][]} elsewhere={elsewhere} />}
      {kind === "strategy" && <Growths results={results as unknown as Schemas["StrategyResult"][]} elsewhere={elsewhere} />}
      {held && (held.length === 2 ? <WeightChanges first={held[0]!} second={held[1]!} elsewhere={elsewhere} /> : <SideBySide title="Weights side by side" all={held.map((one, n) => ({ name: NAMES[n]!, weights: one }))} elsewhere={elsewhere} />)}
    </>
  );
}

function InWords({ answer, which }: { answer: Answer; which: string }) {
  const { run, page } = answer;
  return (
    <section class="card summary" aria-label={`${which} run`}>
      <p class="eyebrow">{which}: <a href={runAddress(run.kind, run.id)}>{words(run.kind)} of {moment(run.created_at)}</a></p>
      <p class="lead-line">{page.headline}</p>
      {page.summary.slice(0, 3).map((line, n) => <p key={n}>{line}</p>)}
    </section>
  );
}

function Asked({ answers, differences: asked, elsewhere }: { answers: readonly Answer[]; differences: readonly Difference[]; elsewhere: Elsewhere }) {
  const prices = answers.map((one) => pricesOf(one.result));
  const rows = [...asked, ...(new Set(prices).size === 1 ? [] : [{ setting: "Prices", values: prices }])];
  const columns = ["Setting", ...NAMES.slice(0, answers.length)];
  const cells = (one: Difference): string[] => [one.setting, ...one.values];
  return (
    <Panel title="Asked differently" name="asked-differently" tabular elsewhere={elsewhere} {...(rows.length ? { sheet: { columns, rows: rows.map(cells) } } : {})}>
      {rows.length === 0 ? <p class="nothing">Nothing: the same was asked of the same prices.</p> : (
        <LongTable label="Settings that differ" class="plain wrapped" columns={columns.map((word) => ({ word }))} rows={rows} cells={cells}
          row={(one) => <tr key={one.setting}><th scope="row">{one.setting}</th>{one.values.map((text, n) => <td key={n}>{text}</td>)}</tr>} />
      )}
    </Panel>
  );
}

function pricesOf(result: Answer["result"]): string {
  const data = result["data"] as Schemas["DataFacts"] | undefined;
  return data ? `${data.name}, ${data.tickers.length} assets to ${data.last ?? "an unknown day"}, version ${data.version.slice(0, 8)}` : "";
}

/** How a number is written, and how the difference of two is. */
interface Form {
  write: (x: number | null) => string;
  apart: (x: number | null) => string;
}

interface Figure {
  word: string;
  values: readonly (number | null)[]; // of each run
  form: Form;
}

const plus = (x: number | null, digits: number): string => `${(x ?? 0) > 0 ? "+" : ""}${ratio(x, digits)}`;
const RATE: Form = { write: percent, apart: points };
const PURE: Form = { write: ratio, apart: (x) => plus(x, 2) };
const WHOLE: Form = { write: (x) => ratio(x, 0), apart: (x) => plus(x, 0) };

type Read = readonly [word: string, form: Form, of: (result: unknown) => number | null];

const HOLDINGS: Read = ["Holdings", WHOLE, (one) => Object.keys(weightsOf(one as Answer["result"]) ?? {}).length];
const best = (one: unknown): Schemas["FrontierResult"]["best"] => (one as Schemas["FrontierResult"]).best;
const record = (one: unknown): Schemas["StrategyResult"]["backtest"][number] => (one as Schemas["StrategyResult"]).backtest[0]!;

/** The numbers that are held against each other, by kind of run. */
const FIGURES: Record<string, readonly Read[]> = {
  frontier: [["Expected return of the best, a year", RATE, (one) => best(one).expected_return], ["Its risk", RATE, (one) => best(one).risk], ["Its return for its risk", PURE, (one) => best(one).ratio], HOLDINGS],
  portfolio: [["Expected return, a year", RATE, (one) => (one as Schemas["Portfolio"]).expected_return], ["Volatility, a year", RATE, (one) => (one as Schemas["Portfolio"]).volatility], ["Sharpe ratio, expected", PURE, (one) => (one as Schemas["Portfolio"]).expected_sharpe], HOLDINGS],
  strategy: [["Return a year, out of sample", RATE, (one) => record(one).annual_return], ["Volatility a year", RATE, (one) => record(one).annual_volatility], ["Sharpe ratio", PURE, (one) => record(one).sharpe], ["Maximum drawdown", RATE, (one) => record(one).max_drawdown], HOLDINGS],
};

const figuresOf = (kind: string, results: readonly unknown[]): Figure[] =>
  (FIGURES[kind] ?? []).map(([word, form, of]) => ({ word, form, values: results.map(of) }));

/** The second less the first, where there are two. */
function apart({ values: [first = null, second = null, ...more] }: Figure): number | null {
  return first === null || second === null || more.length ? null : second - first;
}

function Found({ figures, elsewhere }: { figures: readonly Figure[]; elsewhere: Elsewhere }) {
  const many = figures[0]!.values.length;
  const columns = ["What", ...NAMES.slice(0, many), ...(many === 2 ? ["Difference"] : [])];
  const cells = (one: Figure): string[] => [one.word, ...one.values.map((x) => one.form.write(x)), ...(many === 2 ? [one.form.apart(apart(one))] : [])];
  const values = (one: Figure): (string | number | null)[] => [one.word, ...one.values, ...(many === 2 ? [apart(one)] : [])];
  return (
    <Panel title="Found" name="found" tabular elsewhere={elsewhere} sheet={{ columns, rows: figures.map(values) }}>
      <LongTable label="What was found" columns={columns.map((word, n) => ({ word, class: n ? "num" : "" }))} rows={figures} cells={cells} values={values}
        row={(one) => <tr key={one.word}>{cells(one).map((text, n) => (n === 0 ? <th key={n} scope="row">{text}</th> : <td key={n} class="num">{text}</td>))}</tr>} />
    </Panel>
  );
}

const weightsOf = (result: Answer["result"]): Weights | null => (result["weights"] as Weights | undefined) ?? null;

const LEAST = 5e-4; // less is written as no difference

function WeightChanges({ first, second, elsewhere }: { first: Weights; second: Weights; elsewhere: Elsewhere }) {
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  const every = names.map((name) => ({ name, a: first[name] ?? 0, b: second[name] ?? 0 })).sort((x, y) => Math.abs(y.b - y.a) - Math.abs(x.b - x.a));
  const rows = every.filter((one) => Math.abs(one.b - one.a) >= LEAST);
  const turned = rows.reduce((sum, one) => sum + Math.max(0, one.b - one.a), 0);
  const sheet = { columns: ["Asset", "First", "Second", "Difference"], rows: every.map((one) => [one.name, one.a, one.b, one.b - one.a]) };
  return (
    <Panel title="Weights: from the first to the second" name="weight-changes" elsewhere={elsewhere} sheet={sheet} format={(x) => percent(x, 2)}
      note={rows.length === 0 ? "" : `${percent(turned)} of the portfolio would have to be bought to go from the first to the second${every.length > rows.length ? `; ${every.length - rows.length} more are held alike` : ""}.`}>
      {rows.length === 0 ? <p class="nothing">Both hold the same.</p> : <Bars label="Asset" headings={["Difference", "First", "Second"]} bars={rows.map((one) => ({ name: one.name, value: one.b - one.a, texts: [points(one.b - one.a), percent(one.a), percent(one.b)] }))} />}
    </Panel>
  );
}
