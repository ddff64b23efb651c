/** Two runs of one question beside each other: what was asked differently, and what came of it. */
import { useEffect, useState } from "preact/hooks";
import { ask, type Doc, once, type Schemas } from "../api";
import { fromStudy } from "../form/address";
import { type Difference, differences } from "../form/difference";
import { moment, percent, points, ratio, words } from "../format";
import { lazily } from "../lazy";
import { type Elsewhere, runsElsewhere } from "../panels/asked";
import { Bars } from "../panels/bars";
import { Panel } from "../panels/panel";
import { pageOf } from "../routes";
import type { Place } from "../router";

type Snapshot = Schemas["Snapshot"];
type Weights = Record<string, number>;

interface Answer {
  run: Snapshot;
  result: Record<string, unknown>;
  page: Schemas["ShownPage"];
}

const Frontiers = lazily(async () => (await import("../results/beside")).FrontiersBeside);

export function ComparePage({ place }: { place: Place }) {
  const ids = (place.query.get("runs") ?? "").split(",").filter(Boolean);
  const [both, setBoth] = useState<readonly [Answer, Answer] | null>(null);
  const [form, setForm] = useState<Schemas["StudyForm"] | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    document.title = "Two runs · Forefolio";
    setBoth(null);
    setProblem(ids.length === 2 ? "" : "The address should name two runs.");
    if (ids.length !== 2) return;
    Promise.all([read(ids[0]!), read(ids[1]!)]).then(async (answers) => {
      const [first, second] = answers;
      if (first.run.kind !== second.run.kind) throw new Error(`These are a run of ${words(first.run.kind).toLowerCase()} and one of ${words(second.run.kind).toLowerCase()}: two of one kind can be compared.`);
      setForm(await once<Schemas["StudyForm"]>(`/api/studies/${first.run.kind}`));
      setBoth(answers);
    }).catch((error: Error) => setProblem(error.message));
  }, [ids.join()]);
  return (
    <main class="page" id="main">
      <h1>Two runs beside each other</h1>
      {problem && <p class="problem" role="alert">{problem} <a href="/portfolios">Choose two runs</a>.</p>}
      {both && form ? <Beside first={both[0]} second={both[1]} asked={differences(form, both[0].run.study as Doc, both[1].run.study as Doc)} elsewhere={elsewhereOf(form, both)} /> : !problem && <div class="card ghost tall" />}
    </main>
  );
}

async function read(id: string): Promise<Answer> {
  const [run, result, page] = await Promise.all([
    ask<Snapshot>(`/api/runs/${id}`), ask<Answer["result"]>(`/api/runs/${id}/result`), ask<Answer["page"]>(`/api/runs/${id}/page`),
  ]);
  return { run, result, page };
}

const elsewhereOf = (form: Schemas["StudyForm"], [first, second]: readonly [Answer, Answer]): Elsewhere => {
  const ran = (one: Answer) => ({ id: one.run.id, document: fromStudy(one.run.study as Doc, form) });
  return runsElsewhere(form, [ran(first), ran(second)]);
};

function Beside({ first, second, asked, elsewhere }: { first: Answer; second: Answer; asked: readonly Difference[]; elsewhere: Elsewhere }) {
  const kind = first.run.kind;
  const figures = (FIGURES[kind] ?? (() => []))(first.result, second.result);
  const weights = [weightsOf(first.result), weightsOf(second.result)] as const;
  return (
    <>
      <div class="two even">
        {[first, second].map((one, n) => <InWords key={one.run.id} answer={one} which={n ? "Second" : "First"} />)}
      </div>
      <div class="two even">
        <Asked first={first} second={second} differences={asked} elsewhere={elsewhere} />
        {figures.length > 0 && <Found figures={figures} elsewhere={elsewhere} />}
      </div>
      {kind === "frontier" && <Frontiers first={first.result as unknown as Schemas["FrontierResult"]} second={second.result as unknown as Schemas["FrontierResult"]} elsewhere={elsewhere} />}
      {weights[0] && weights[1] && <WeightChanges first={weights[0]} second={weights[1]} elsewhere={elsewhere} />}
    </>
  );
}

function InWords({ answer, which }: { answer: Answer; which: string }) {
  const { run, page } = answer;
  return (
    <section class="card summary" aria-label={`${which} run`}>
      <p class="eyebrow">{which}: <a href={`/${pageOf(run.kind)}/${run.id}`}>{words(run.kind)} of {moment(run.created_at)}</a></p>
      <p class="lead-line">{page.headline}</p>
      {page.summary.slice(0, 3).map((line, n) => <p key={n}>{line}</p>)}
    </section>
  );
}

function Asked({ first, second, differences: asked, elsewhere }: { first: Answer; second: Answer; differences: readonly Difference[]; elsewhere: Elsewhere }) {
  const prices = [first, second].map((one) => pricesOf(one.result));
  const rows = [...asked, ...(prices[0] === prices[1] ? [] : [{ setting: "Prices", first: prices[0]!, second: prices[1]! }])];
  const sheet = { columns: ["Setting", "First", "Second"], rows: rows.map((one) => [one.setting, one.first, one.second]) };
  return (
    <Panel title="Asked differently" name="asked-differently" elsewhere={elsewhere} {...(rows.length ? { sheet } : {})}>
      {rows.length === 0 ? <p class="nothing">Nothing: the same was asked of the same prices.</p> : (
        <div class="wide-table" tabIndex={0} role="region" aria-label="Settings that differ">
          <table class="plain wrapped">
            <thead><tr>{sheet.columns.map((one) => <th key={one} scope="col">{one}</th>)}</tr></thead>
            <tbody>{rows.map((one) => <tr key={one.setting}><th scope="row">{one.setting}</th><td>{one.first}</td><td>{one.second}</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function pricesOf(result: Answer["result"]): string {
  const data = result["data"] as Schemas["DataFacts"] | undefined;
  return data ? `${data.name}, ${data.tickers.length} assets to ${data.last ?? "an unknown day"}, version ${data.version.slice(0, 8)}` : "";
}

/** A number of both runs, how it is written, and how their difference is. */
interface Figure {
  word: string;
  first: number | null;
  second: number | null;
  write: (x: number | null) => string;
  apart: (x: number | null) => string;
}

const rate = (word: string, first: number | null, second: number | null): Figure => ({ word, first, second, write: percent, apart: points });
const plus = (x: number | null, digits: number): string => `${(x ?? 0) > 0 ? "+" : ""}${ratio(x, digits)}`;
const pure = (word: string, first: number | null, second: number | null): Figure => ({ word, first, second, write: ratio, apart: (x) => plus(x, 2) });
const whole = (word: string, first: number, second: number): Figure => ({ word, first, second, write: (x) => ratio(x, 0), apart: (x) => plus(x, 0) });
const holdings = (first: unknown, second: unknown): Figure =>
  whole("Holdings", Object.keys(weightsOf(first as Answer["result"]) ?? {}).length, Object.keys(weightsOf(second as Answer["result"]) ?? {}).length);

/** The numbers that are held against each other, by kind of run. */
const FIGURES: Record<string, (first: unknown, second: unknown) => Figure[]> = {
  frontier: (first, second) => {
    const [a, b] = [(first as Schemas["FrontierResult"]).best, (second as Schemas["FrontierResult"]).best];
    return [rate("Expected return of the best, a year", a.expected_return, b.expected_return), rate("Its risk", a.risk, b.risk), pure("Its return for its risk", a.ratio, b.ratio), holdings(first, second)];
  },
  portfolio: (first, second) => {
    const [a, b] = [first as Schemas["Portfolio"], second as Schemas["Portfolio"]];
    return [rate("Expected return, a year", a.expected_return, b.expected_return), rate("Volatility, a year", a.volatility, b.volatility), pure("Sharpe ratio, expected", a.expected_sharpe, b.expected_sharpe), holdings(first, second)];
  },
  strategy: (first, second) => {
    const [a, b] = [(first as Schemas["StrategyResult"]).backtest[0]!, (second as Schemas["StrategyResult"]).backtest[0]!];
    return [rate("Return a year, out of sample", a.annual_return, b.annual_return), rate("Volatility a year", a.annual_volatility, b.annual_volatility), pure("Sharpe ratio", a.sharpe, b.sharpe), rate("Greatest fall", a.max_drawdown, b.max_drawdown), holdings(first, second)];
  },
};

const less = (second: number | null, first: number | null): number | null => (first === null || second === null ? null : second - first);

function Found({ figures, elsewhere }: { figures: readonly Figure[]; elsewhere: Elsewhere }) {
  const sheet = { columns: ["What", "First", "Second", "Difference"], rows: figures.map((one) => [one.word, one.first, one.second, less(one.second, one.first)]) };
  return (
    <Panel title="Found" name="found" elsewhere={elsewhere} sheet={sheet}>
      <div class="wide-table" tabIndex={0} role="region" aria-label="What was found">
        <table class="plain">
          <thead><tr>{sheet.columns.map((one, n) => <th key={one} scope="col" class={n ? "num" : ""}>{one}</th>)}</tr></thead>
          <tbody>{figures.map((one) => <tr key={one.word}><th scope="row">{one.word}</th><td class="num">{one.write(one.first)}</td><td class="num">{one.write(one.second)}</td><td class="num">{one.apart(less(one.second, one.first))}</td></tr>)}</tbody>
        </table>
      </div>
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
