/** What 1 came to in several strategies, over the sessions that all of them have. */
import { useCallback, useMemo } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { overTime, stopsOver } from "../charts/lines";
import { ratio, words } from "../format";
import { type Elsewhere, ORDINALS } from "../panels/asked";
import { Panel } from "../panels/panel";

type Result = Schemas["StrategyResult"];

interface Growths {
  dates: string[];
  lines: { name: string; values: number[] }[];
}

/** The first curve of each, from 1 at the first session that all have. */
export function growthsOf(results: readonly Result[]): Growths {
  const curves = results.map(({ curves }) => new Map(curves.sessions.map((day, n) => [day, curves.equity[0]?.equity[n] ?? null])));
  const dates = (results[0]?.curves.sessions ?? []).filter((day) => curves.every((one) => typeof one.get(day) === "number"));
  const lines = curves.map((one, n) => ({ name: words(ORDINALS[n]!), values: dates.map((day) => one.get(day)! / one.get(dates[0]!)!) }));
  return { dates, lines };
}

export function GrowthsBeside({ results, elsewhere }: { results: readonly Result[]; elsewhere: Elsewhere }) {
  const { dates, lines } = useMemo(() => growthsOf(results), [results]);
  const over = { dates, lines: lines.slice(0, 4), log: true, format: (x: number) => ratio(x, 2) };
  const draw: Draw = useCallback((look) => overTime(over, look), [dates, lines]);
  if (dates.length < 2) return <Panel title="Growth of 1" elsewhere={elsewhere}><p class="nothing">These records have no sessions in common.</p></Panel>;
  const says = `Growth of 1 from ${dates[0]!} to ${dates.at(-1)!}: ${lines.map((one) => `${one.name.toLowerCase()} ${ratio(one.values.at(-1), 2)}`).join(", ")}.`;
  const sheet = { columns: ["Session", ...lines.map((one) => one.name)], rows: dates.map((day, n) => [day, ...lines.map((one) => one.values[n]!)]) };
  return (
    <Panel title="Growth of 1" name="growths" picture elsewhere={elsewhere} sheet={sheet} format={(x) => ratio(x, 3)} note={`Over the sessions that all records have, after costs.${lines.length > 4 ? " The fifth stands in the table." : ""}`}>
      <p class="legend lines">{over.lines.map((one, n) => <span key={one.name}><i class={`dash dash-${n + 1}`} />{one.name}</span>)}</p>
      <Chart draw={draw} stops={stopsOver(over)} says={says} name="growths" height={300} />
    </Panel>
  );
}
