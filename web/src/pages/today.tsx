/** Today: what to hold and why, what could be lost, what to buy, and how old the data are. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { ask, type Doc, once, type Schemas, start } from "../api";
import { colours, rankedByWeight } from "../charts/look";
import { horizon, listed, money, percent, phrase, ratio, signed } from "../format";
import { Remarks } from "../panels/blocks";
import { studyElsewhere } from "../panels/asked";
import { Bars } from "../panels/bars";
import { CopyAs } from "../panels/copy";
import type { Asked } from "../panels/panel";
import { Panel } from "../panels/panel";
import { StatusBar, titleOf } from "../panels/status";
import { betweenSays } from "../panels/volatility";
import { Ring, WeightsTable } from "../panels/weights";
import { CapitalField, useCapital } from "../panels/capital";
import { orderSheet, Ticket } from "../results/orders";
import { go, type Place } from "../router";
import { type Following, running, useRun } from "../run";
import { FirstLook, Waiting } from "./first";

type Today = Schemas["Today"];
type Form = Schemas["StudyForm"];

/** The latest answer there is; if there is none, what the sample says at once. */
export function TodayPage({ place }: { place: Place }) {
  const [latest, setLatest] = useState<string | null | undefined>(undefined); // undefined: not known yet
  const [form, setForm] = useState<Form | null>(null);
  const [problem, setProblem] = useState("");
  const [capital, setCapital] = useCapital();
  const id = place.run ?? place.query.get("run") ?? latest ?? null;
  const run = useRun(id);
  useEffect(() => {
    latestAnswer(capital).then(setLatest, () => setLatest(null));
    once<Form>("/api/studies/today").then(setForm, () => undefined);
  }, []);
  useEffect(() => { document.title = titleOf("Today", run); }, [run]);
  const follow = async (given: Doc): Promise<void> => {
    setProblem("");
    try {
      go(`/today/${await start("today", given)}`);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const result = run.result as Today | null;
  return (
    <main class="page" id="main">
      {id && !result && <StatusBar run={run} stale={false} />}
      {run.snapshot?.status === "failed" && <p class="problem" role="alert">{run.snapshot.message}</p>}
      {problem && <p class="problem" role="alert">{problem}</p>}
      {result ? <Answer result={result} asked={form && { form, document: { capital: result.capital }, run: id }} again={(next) => void follow({ capital: next, ...(result.strategy_run ? { run: result.strategy_run } : {}) })} /> : (
        (latest === undefined && !place.run) || ofARun(run) ? <Waiting title="Looking at the latest strategy…" /> : (
          <FirstLook capital={capital} busy={running(run)} field={<CapitalField capital={capital} onChange={setCapital} />} onFollow={() => void follow({ capital })} />
        )
      )}
    </main>
  );
}

/** Whether what is calculated is about a strategy that was followed: that takes seconds. */
const ofARun = (run: Following): boolean => running(run) && Boolean((run.snapshot?.study as Doc | undefined)?.["run"]);

/** The run whose answer is shown: the latest there is, or one about a strategy that was followed since. */
async function latestAnswer(capital: number): Promise<string | null> {
  const runs = await ask<Schemas["Summary"][]>("/api/runs?limit=100");
  const answer = runs.find((one) => one.kind === "today" && !["failed", "cancelled"].includes(one.status));
  const strategy = runs.find((one) => one.kind === "strategy" && one.status === "done");
  if (!strategy || (answer && answer.created_at > strategy.created_at)) return answer?.id ?? null;
  return start("today", { capital, run: strategy.id }).catch(() => answer?.id ?? null);
}

function Answer({ result, asked, again }: { result: Today; asked: Asked | null; again: (capital: number) => void }) {
  const ranked = useMemo(() => rankedByWeight(result.weights), [result]);
  const colourOf = useMemo(() => colours(ranked), [ranked]);
  const [capital, setCapital] = useState(result.capital);
  const { record, versus_equal_weight: beside } = result;
  const panel = asked ?? undefined;
  const weights = { columns: ["Asset", "Weight"], rows: ranked.map((one) => [one, result.weights[one]!]) };
  return (
    <>
      <section class="hero">
        <div>
          <p class="eyebrow">Today: the session after {result.as_of} · {result.data.name} <Health promises={result.promises ?? []} run={result.strategy_run} /></p>
          <h1>{holdSentence(result.weights, result.cash)}</h1>
          <p class="verdict">The strategy <b>{phrase(result.strategy)}</b> chose them. Out of sample, from {record.first} to {record.last}, it earned <b>{percent(record.annual_return)} a year</b> after costs, with a Sharpe ratio of <b>{ratio(record.sharpe)} ± {ratio(record.sharpe_error)}</b>, and fell by <b>{percent(Math.abs(record.max_drawdown ?? NaN))}</b> at worst.</p>
          {beside && <p class="verdict">In Sharpe ratio, {beside}.</p>}
          {result.remarks.filter((one) => one.reason === "caveat" && !one.detail).slice(0, 1).map((one) => <p key={one.message} class="caution">{one.message}</p>)}
          {result.strategy_run && (
            <p class="hero-actions">
              <a class="plain button" href={`/backtest/${result.strategy_run}`}>How it did before</a>
              <a class="plain button" href={`/api/runs/${result.strategy_run}/report?capital=${result.capital}`} target="_blank">HTML report</a>
            </p>
          )}
        </div>
        <LossCard result={result} asked={asked} />
      </section>
      <div class="thirds">
        <Panel title="Hold" name="weights" asked={panel} sheet={weights} format={(x) => percent(x, 2)}>
          <div class="ring-and-table narrow"><Ring weights={result.weights} colourOf={colourOf} size={150} /><WeightsTable weights={result.weights} colourOf={colourOf} run={result.strategy_run} /></div>
        </Panel>
        <Panel title="What could be lost" name="stresses" asked={panel} sheet={{ columns: ["Stress", "Return", "Money"], rows: result.stresses.map((one) => [one.stress.name, -one.stress.loss, -one.money]) }}
          note="The worst of the stresses, if they came again with these weights.">
          <Bars label="Stress" headings={["Return", "Money"]} bars={result.stresses.map((one) => ({ name: one.stress.name, value: -one.stress.loss, title: one.stress.verdict, texts: [signed(-one.stress.loss), money(-one.money)] }))} />
          <Tests result={result} />
        </Panel>
        <Panel title="Buy and sell" name="orders" asked={panel} sheet={orderSheet(result.orders)} note={`Costs ${money(result.cost, 2)}, cash left ${money(result.cash_left, 2)}, in the currency of the prices.`}
          tools={<form class="inline" onSubmit={(e) => { e.preventDefault(); again(capital); }}><CapitalField capital={capital} onChange={setCapital} /><button disabled={capital === result.capital}>Count again</button></form>}>
          <Ticket orders={result.orders} />
        </Panel>
      </div>
      <Remarks remarks={result.remarks} />
    </>
  );
}

/** "Hold JNJ 29 %, UNH 26 % and 8 more." */
export function holdSentence(weights: Record<string, number>, cash: number): string {
  const held = rankedByWeight(weights).filter((one) => Math.abs(weights[one]!) > 5e-4);
  if (held.length === 0) return "Hold cash alone.";
  const named = held.slice(0, 3).map((one) => `${one}\u00a0${percent(weights[one], 0)}`);
  if (held.length > 3) named.push(`${held.length - 3} more`);
  if (cash > 5e-4) named.push(`${percent(cash, 0)} in cash`);
  return `Hold ${listed(named)}.`;
}

/** Whether the forecasts keep what they promise; the page of their health says the rest. */
function Health({ promises, run }: { promises: NonNullable<Today["promises"]>; run: string | null }) {
  if (promises.length === 0) return null;
  const broken = promises.filter((one) => one.state === "broken");
  const said = broken.length === 0 ? "Models healthy" : `Models not healthy: since ${broken[0]!.since ?? "n/a"} it is not so that ${broken[0]!.promised}`;
  return <a class={`state small ${broken.length ? "bad" : "ok"}`} href={run ? `/monitor?run=${run}` : "/monitor"}>{said}</a>;
}

function LossCard({ result, asked }: { result: Today; asked: Asked | null }) {
  return (
    <aside class="card losses" aria-label="Possible losses">
      <h2>On {money(result.capital)} <span class="tools">{asked && <CopyAs elsewhere={studyElsewhere(asked)} />}</span></h2>
      {result.losses.map((one) => (
        <p key={one.horizon} class="loss-line">
          <span class="muted">{horizon(one.horizon)}, one time in {Math.round(1 / (1 - one.level))}</span>
          <b>{money(one.value_at_risk_money)} or more</b>
          <span class="muted small">a loss of {percent(one.value_at_risk)}; {percent(one.expected_shortfall)} on average beyond it</span>
        </p>
      ))}
      {result.expected_volatility && <p class="small">Expected volatility {percent(result.expected_volatility.expected)}; {betweenSays(result.expected_volatility)}.</p>}
    </aside>
  );
}

function Tests({ result }: { result: Today }) {
  const first = result.value_at_risk_tests[0];
  if (!first) return null;
  return <p class="foot">Did such losses come true as often as they should? {first.verdict.charAt(0).toUpperCase() + first.verdict.slice(1)}.</p>;
}
