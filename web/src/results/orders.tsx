/** The order ticket: what to buy and sell, in whole shares, and what that costs and leaves. */
import type { Schemas } from "../api";
import { count, money, percent, words } from "../format";
import { Kpi } from "../panels/kpi";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import type { ResultProps } from ".";

type Order = Schemas["Order"];

export function OrdersView({ run, asked }: ResultProps) {
  const result = run.result as Schemas["PortfolioOrders"];
  return (
    <>
      <section class="kpis" aria-label="The account">
        <Kpi word="Capital" value={money(result.capital)} note="what is held, and cash" />
        <Kpi word="Orders" value={count(result.orders.filter((one) => one.trade !== 0).length)} note={`at the closes of ${result.as_of ?? "the last session"}`} />
        <Kpi word="Costs" value={money(result.cost, 2)} note="of trading" />
        <Kpi word="Cash left" value={money(result.cash, 2)} note={percent(result.cash / result.capital)} />
      </section>
      <Panel title="Orders" tabular asked={asked} sheet={orderSheet(result.orders)} format={(x) => money(x, 2)}><Ticket orders={result.orders} why /></Panel>
    </>
  );
}

export function Ticket({ orders, why = false }: { orders: readonly Order[]; why?: boolean }) {
  const columns = [{ word: "Asset" }, { word: "Order" }, ...["Shares", "Price", "Money"].map((word) => ({ word, class: "num" })), ...["Weight", "Wanted"].map((word) => ({ word, class: "num wide" })), ...(why ? [{ word: "Why", class: "wordy" }] : [])];
  const cells = (one: Order): string[] => [one.ticker, one.action, count(Math.abs(one.trade)), money(one.price, 2), money(Math.abs(one.value)), percent(one.weight), percent(one.target), ...(why ? [words(one.reason ?? "")] : [])];
  const row = (one: Order) => {
    const [ticker, action, shares, price, value, weight, target, reason] = cells(one);
    return (
      <tr key={one.ticker} title={why ? undefined : one.reason} role="row">
        <th scope="row" role="rowheader">{ticker}</th>
        <td role="cell" data-head="Order"><span class={`side ${one.trade > 0 ? "buy" : one.trade < 0 ? "sell" : "keep"}`}>{action}</span></td>
        <td role="cell" class="num" data-head="Shares">{shares}</td><td role="cell" class="num" data-head="Price">{price}</td><td role="cell" class="num" data-head="Money">{value}</td>
        <td role="cell" class="num wide" data-head="Weight">{weight}</td><td role="cell" class="num wide muted" data-head="Wanted">{target}</td>{why && <td role="cell" class="wordy why" data-head="Why">{reason}</td>}
      </tr>
    );
  };
  return <LongTable label="Orders" class={why ? "plain ticket worded" : "plain ticket"} columns={columns} rows={orders} cells={cells} values={(one) => [one.ticker, one.action, Math.abs(one.trade), one.price, Math.abs(one.value), one.weight, one.target, one.reason ?? ""]} row={row} />;
}

export const orderSheet = (orders: readonly Order[]) => ({
  columns: ["Asset", "Order", "Shares", "Price", "Money", "Weight", "Wanted weight"],
  rows: orders.map((one) => [one.ticker, one.action, one.trade, one.price, one.value, one.weight, one.target]),
});
