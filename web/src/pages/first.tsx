/** What the sample says at once, before anybody has asked for anything: real answers of quick studies. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { type Doc, type Schemas, start } from "../api";
import { colours, rankedByWeight } from "../charts/look";
import { horizon, money, percent, ratio } from "../format";
import { Bars } from "../panels/bars";
import { Panel } from "../panels/panel";
import { Ring, WeightsTable } from "../panels/weights";
import { stressBars } from "../panels/stresses";
import { orderSheet, Ticket } from "../results/orders";
import { useRun } from "../run";
import { holdSentence } from "./today";

/** The result of a study that is asked as soon as its document is known. */
function useAnswer<T>(path: string, document: Doc | null): T | null {
  const [id, setId] = useState<string | null>(null);
  const key = document && JSON.stringify(document);
  useEffect(() => {
    let over = false;
    setId(null);
    if (document) start(path, document).then((run) => { if (!over) setId(run); }, () => undefined);
    return () => { over = true; };
  }, [path, key]);
  return useRun(id).result as T | null;
}

const SESSIONS = 21;

export function FirstLook({ capital, busy, field, onFollow }: { capital: number; busy: boolean; field: ComponentChildren; onFollow: () => void }) {
  const portfolio = useAnswer<Schemas["Portfolio"]>("optimize/portfolio", {});
  const run = portfolio?.run?.id ?? null;
  const stress = useAnswer<Schemas["PortfolioStress"]>("risk/stress", run ? { run } : null);
  const orders = useAnswer<Schemas["PortfolioOrders"]>("orders", run ? { run, capital } : null);
  const month = useAnswer<Schemas["PortfolioSimulation"]>("risk/simulation", run && stress ? { run, horizon: SESSIONS, paths: 2000 } : null);
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
          <h2>What could be lost {field}</h2>
          {month ? (
            <p class="loss-line"><span class="muted">{horizon(SESSIONS)}, one time in 20</span><b>{money((month.value_at_risk.value ?? NaN) * capital)} or more</b>
              <span class="muted small">a loss of {percent(month.value_at_risk.value)} ± {percent(month.value_at_risk.error, 2)}; {percent(month.expected_shortfall.value)} on average beyond it</span></p>
          ) : <div class="ghost short" />}
        </aside>
      </section>
      <div class="thirds">
        <Panel title="Hold" name="weights" sheet={{ columns: ["Asset", "Weight"], rows: ranked.map((one) => [one, portfolio.weights[one]!]) }} format={(x) => percent(x, 2)}>
          <div class="ring-and-table narrow"><Ring weights={portfolio.weights} colourOf={colourOf} size={150} /><WeightsTable weights={portfolio.weights} colourOf={colourOf} /></div>
        </Panel>
        <Panel title="If it came again" name="stresses" {...(stress ? { sheet: { columns: ["Stress", "Return"], rows: stress.stresses.map((one) => [one.name, -one.loss]) } } : {})} format={(x) => percent(x, 2)}
          note="These shares are known to have survived: others did not, so past crises look milder than they were.">
          {stress ? <Bars label="Stress" headings={["Return", "Money"]} bars={stressBars(stress.stresses, capital)} /> : <div class="ghost medium" />}
        </Panel>
        <Panel title="What to buy" name="orders" {...(orders ? { sheet: orderSheet(orders.orders) } : {})} note={orders ? `Costs ${money(orders.cost, 2)}, cash left ${money(orders.cash, 2)}, in the currency of the prices.` : ""}>
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
