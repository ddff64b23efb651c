/** The order ticket: what to buy and sell, in whole shares, and what that costs and leaves. */
import type { Schemas } from "../api";
import { count, money, percent, words } from "../format";
import { Kpi } from "../panels/kpi";
import { Panel } from "../panels/panel";
import type { ResultProps } from ".";

type Order = Schemas["Order"];

export function OrdersView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["PortfolioOrders"];
  return (
    <>
      <section class="kpis" aria-label="The account">
        <Kpi word="Capital" value={money(result.capital)} note="what is held, and cash" />
        <Kpi word="Orders" value={String(result.orders.filter((one) => one.trade !== 0).length)} note={`at the closes of ${result.as_of ?? "the last session"}`} />
        <Kpi word="Costs" value={money(result.cost, 2)} note="of trading" />
        <Kpi word="Cash left" value={money(result.cash, 2)} note={percent(result.cash / result.capital)} />
      </section>
      <Panel title="Orders" asked={asked} sheet={orderSheet(result.orders)} format={(x) => money(x, 2)}><Ticket orders={result.orders} why /></Panel>
    </>
  );
}

const LISTED = 60; // orders that are written out; the table has all

export function Ticket({ orders, why = false }: { orders: readonly Order[]; why?: boolean }) {
  return (
    <div class="wide-table" tabIndex={0} role="region" aria-label="Orders">
      <table class="plain ticket">
        <thead><tr><th scope="col">Asset</th><th scope="col">Order</th><th scope="col" class="num">Shares</th><th scope="col" class="num">Price</th><th scope="col" class="num">Money</th><th scope="col" class="num wide">Weight</th><th scope="col" class="num wide">Wanted</th>{why && <th scope="col">Why</th>}</tr></thead>
        <tbody>
          {orders.slice(0, LISTED).map((one) => (
            <tr key={one.ticker} title={why ? undefined : one.reason}>
              <th scope="row">{one.ticker}</th>
              <td><span class={`side ${one.trade > 0 ? "buy" : one.trade < 0 ? "sell" : "keep"}`}>{one.action}</span></td>
              <td class="num">{count(Math.abs(one.trade))}</td><td class="num">{money(one.price, 2)}</td><td class="num">{money(Math.abs(one.value))}</td>
              <td class="num wide">{percent(one.weight)}</td><td class="num wide muted">{percent(one.target)}</td>{why && <td class="why">{words(one.reason ?? "")}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {orders.length > LISTED && <p class="foot">{orders.length - LISTED} more are in the table.</p>}
    </div>
  );
}

export const orderSheet = (orders: readonly Order[]) => ({
  columns: ["Asset", "Order", "Shares", "Price", "Money", "Weight", "Wanted weight"],
  rows: orders.map((one) => [one.ticker, one.action, one.trade, one.price, one.value, one.weight, one.target]),
});
