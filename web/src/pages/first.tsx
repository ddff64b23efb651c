/** What the sample says at once, before anybody has asked for anything: real answers of quick studies. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Doc, once, type Schemas, start } from "../api";
import { colours, rankedByWeight } from "../charts/look";
import { horizon, money, percent, ratio } from "../format";
import { studyElsewhere } from "../panels/asked";
import { Bars } from "../panels/bars";
import { CopyAs } from "../panels/copy";
import { type Asked, Panel } from "../panels/panel";
import { Ring, WeightsTable } from "../panels/weights";
import { stressBars } from "../panels/stresses";
import { orderSheet, Ticket } from "../results/orders";
import { useRun } from "../run";
import { TITLES } from "../titles";
import { holdSentence } from "./today";

interface Answered<T> {
  result: T | null;
  asked: Asked | undefined; // once there is a result: the form is not needed before
}

/** The result of a study that is asked as soon as its document is known. */
function useAnswer<T>(kind: string, path: string, document: Doc | null): Answered<T> {
  const [id, setId] = useState<string | null>(null);
  const [form, setForm] = useState<Schemas["StudyForm"] | null>(null);
  const key = document && JSON.stringify(document);
  useEffect(() => {
    let over = false;
    setId(null);
    if (document) start(path, document).then((run) => { if (!over) setId(run); }, () => undefined);
    return () => { over = true; };
  }, [path, key]);
  const result = useRun(id).result as T | null;
  useEffect(() => {
    if (result) once<Schemas["StudyForm"]>(`/api/studies/${kind}`).then(setForm, () => undefined);
  }, [result !== null]);
  return { result, asked: form && document && result ? { form, document, run: id } : undefined };
}

const SESSIONS = 21;
const ALL: Doc = {}; // nothing is changed: the whole sample

export function FirstLook({ capital, busy, field, onFollow }: { capital: number; busy: boolean; field: ComponentChildren; onFollow: () => void }) {
  const chosen = useAnswer<Schemas["Portfolio"]>("portfolio", "optimize/portfolio", ALL);
  const portfolio = chosen.result;
  const run = portfolio?.run?.id ?? null;
  const stressed = useAnswer<Schemas["PortfolioStress"]>("stress", "risk/stress", run ? { run } : null);
  const counted = useAnswer<Schemas["PortfolioOrders"]>("orders", "orders", run ? { run, capital } : null);
  const [stress, orders] = [stressed.result, counted.result];
  const month = useAnswer<Schemas["PortfolioSimulation"]>("simulation", "risk/simulation", run && stress ? { run, horizon: SESSIONS, paths: 2000 } : null);
  const lost = month.result;
  const ranked = useMemo(() => rankedByWeight(portfolio?.weights ?? {}), [portfolio]);
  const colourOf = useMemo(() => colours(ranked), [ranked]);
  if (!portfolio) return <Waiting title="Reading 33 years of prices…" />;
  return (
    <>
      <section class="hero">
        <div>
          <p class="eyebrow">A first look, at the bundled sample: 20 US shares to {portfolio.as_of}</p>
          <h1>{holdSentence(portfolio.weights, portfolio.cash)}</h1>
          <p class="verdict">By past returns alone this was the best return for its risk: <b>{percent(portfolio.expected_return)} a year</b> expected, with a volatility of <b>{percent(portfolio.volatility)}</b> (Sharpe {ratio(portfolio.expected_sharpe)}).</p>
          <p class="caution">What fitted the past best looks better than it will be. The whole strategy learns forecasts, is tested out of sample, and says how sure it is; that takes a minute or two.</p>
          <p class="hero-actions">
            <button type="button" class="primary" disabled={busy} onClick={onFollow}>{busy ? "The strategy is being followed" : "Follow the whole strategy"}</button>
            <a class="plain button" href="/data">Use my own prices</a>
            <a class="plain button" href="/optimise">Draw the frontier</a>
          </p>
        </div>
        <aside class="card losses" aria-label="Possible losses">
          <h2>What could be lost {field} <span class="tools">{month.asked && <CopyAs elsewhere={studyElsewhere(month.asked)} />}</span></h2>
          {lost ? (
            <p class="loss-line"><span class="muted">{horizon(SESSIONS)}, one time in 20</span><b>{money((lost.value_at_risk.value ?? NaN) * capital)} or more</b>
              <span class="muted small">a loss of {percent(lost.value_at_risk.value)} ± {percent(lost.value_at_risk.error, 2)}; {percent(lost.expected_shortfall.value)} on average beyond it</span></p>
          ) : <div class="ghost short" />}
        </aside>
      </section>
      <div class="thirds">
        <Panel title="Hold" name="weights" asked={chosen.asked} sheet={{ columns: ["Asset", "Weight"], rows: ranked.map((one) => [one, portfolio.weights[one]!]) }} format={(x) => percent(x, 2)}>
          <div class="ring-and-table narrow"><Ring weights={portfolio.weights} colourOf={colourOf} size={150} /><WeightsTable weights={portfolio.weights} colourOf={colourOf} shares={portfolio.risk_shares} run={portfolio.run?.id} /></div>
        </Panel>
        <Panel title={TITLES.stresses} name="stresses" asked={stressed.asked} {...(stress ? { sheet: { columns: ["Stress", "Return"], rows: stress.stresses.map((one) => [one.name, -one.loss]) } } : {})} format={(x) => percent(x, 2)}
          note="These shares are known to have survived: others did not, so past crises look milder than they were.">
          {stress ? <Bars label="Stress" headings={["Return", "Money"]} bars={stressBars(stress.stresses, capital)} /> : <div class="ghost medium" />}
        </Panel>
        <Panel title="What to buy" name="orders" asked={counted.asked} {...(orders ? { sheet: orderSheet(orders.orders) } : {})} note={orders ? `Costs ${money(orders.cost, 2)}, cash left ${money(orders.cash, 2)}, in the currency of the prices.` : ""}>
          {orders ? <Ticket orders={orders.orders} /> : <div class="ghost medium" />}
        </Panel>
      </div>
    </>
  );
}

export function Waiting({ title }: { title: string }) {
  return (
    <>
      <section class="hero"><div><h1>{title}</h1><p class="verdict" role="status">The first answer takes a few seconds.</p></div><div class="card ghost" /></section>
      <div class="thirds"><div class="ghost tall" /><div class="ghost tall" /><div class="ghost tall" /></div>
    </>
  );
}
