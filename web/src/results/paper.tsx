/** A paper account over time, beside equal weights in the same assets and the backtest of its own strategy. */
import { useCallback } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { type Over, overTime } from "../charts/lines";
import { money, percent, signed, words } from "../format";
import { Kpi } from "../panels/kpi";
import { Panel } from "../panels/panel";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

const OTHERS = [["equal weight", "equal_weight"], ["its backtest", "backtest"]] as const;

/** What the account and what stands beside it have gained since it was opened, by session. */
export function gainsOf({ days, capital, strategy }: Schemas["PaperAccount"]): Pick<Over, "dates" | "lines" | "ticks"> {
  const gain = (value: number | null | undefined): number | null => (typeof value === "number" ? value / capital - 1 : null);
  const others = OTHERS.map(([name, field]) => ({ name, values: days.map((one) => gain(one[field])) }));
  return {
    dates: days.map((one) => one.session),
    lines: [{ name: strategy, values: days.map((one) => gain(one.value)) }, ...others.filter((one) => one.values.some((value) => value !== null))],
    ticks: days.filter((one) => one.cost > 0).map((one) => one.session),
  };
}

/** How far the account is from its backtest, in a word. */
export function apartOf(beside: NonNullable<Schemas["PaperAccount"]["backtest"]>): { value: string; note: string } {
  if (!beside.apart) return { value: "The same", note: `worth the same at every close to ${beside.last}` };
  const others = beside.others ? `${beside.others} of ${beside.decisions} decisions ${beside.others === 1 ? "is another" : "are others"}` : "the same decisions";
  return { value: signed(beside.total_return ?? null, 2), note: `parts from it on ${beside.apart}; ${others}` };
}

export function PaperView({ run, asked, document, change }: ResultProps) {
  const result = run.result as Schemas["PaperAccount"];
  const { days } = result;
  const over: Over = { ...gainsOf(result), format: (x) => percent(x, 2), onAxis: (x) => percent(x, 0) };
  const draw: Draw = useCallback((look) => overTime(over, look), [result]);
  const stops = days.map((one, n) => ({ at: [one.session, over.lines[0]!.values[n] ?? 0] as const, says: `${one.session}: ${over.lines.map((line) => `${line.name} ${percent(line.values[n] ?? null, 2)}`).join(", ")}` }));
  const last = days.at(-1)!;
  const apart = result.backtest ? apartOf(result.backtest) : null;
  const says = `${words(result.strategy)} gained ${signed(result.total_return, 2)} after costs from ${result.opened} to ${last.session}, equal weights ${signed(result.equal_weight_return, 2)}${apart ? `; its backtest: ${apart.value.toLowerCase()}` : ""}.`;
  const sheet = {
    columns: ["Session", "Value", "Cash", "Cost", "Equal weight", ...(apart ? ["Backtest"] : []), "Entered late"],
    rows: days.map((one) => [one.session, one.value, one.cash, one.cost, one.equal_weight ?? null, ...(apart ? [one.backtest ?? null] : []), one.late ? "yes" : "no"]),
  };
  const toBacktest = days.length > 1 && !apart && document["backtest"] !== true
    && <button type="button" title="The backtest of the same strategy over the same sessions, by the prices that are known now" onClick={() => change({ ...document, backtest: true })}>Its backtest</button>;
  return (
    <>
      <section class="kpis" aria-label="The account">
        <Kpi word="Worth" value={money(result.value)} note={`opened with ${money(result.capital)}`} />
        <Kpi word="Since it was opened" value={signed(result.total_return, 2)} note={`after costs of ${money(result.costs)}`} />
        <Kpi word="Equal weights" value={signed(result.equal_weight_return, 2)} note="of all assets, over the same sessions" />
        {apart && <Kpi word="Its backtest" value={apart.value} note={apart.note} />}
        <Kpi word="In cash" value={percent(last.value ? last.cash / last.value : 0)} note={`after the close of ${last.session}`} />
      </section>
      <Panel title={TITLES.paper} name="paper" picture={days.length > 1} asked={asked} sheet={sheet} format={(x) => money(x)} tools={toBacktest}
        note={`Gains since ${result.opened}, after costs.${over.ticks?.length ? " Ticks at its foot: sessions on which it traded." : ""} A short record does not tell skill from luck.`}>
        {days.length > 1
          ? <>
            <p class="legend lines">{over.lines.map((one, n) => <span key={one.name}><i class={`dash dash-${n + 1}`} />{words(one.name)}</span>)}</p>
            <Chart draw={draw} stops={stops} says={says} name="paper" height={280} />
          </>
          : <p class="nothing">It was opened on {result.opened}, all in cash. Its line begins with the next session: ask for it again then.</p>}
      </Panel>
    </>
  );
}
