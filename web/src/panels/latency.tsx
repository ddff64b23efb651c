/** How quickly the service that is asked answers, as it has counted itself. */
import { useEffect, useState } from "preact/hooks";
import { brief, count } from "../format";
import { type Latency, latencies } from "../latency";
import { Panel } from "./panel";
import { LongTable } from "./rows";
import { useAlone } from "./standing";

const COLUMNS = [{ word: "Asked for" }, { word: "Requests", class: "num" }, { word: "Half within", class: "num" }, { word: "99\u202f% within", class: "num" }];

/** A file has no service that could be slow. */
export const LatencyPanel = () => (useAlone() ? null : <Latencies />);

function Latencies() {
  const [rows, setRows] = useState<readonly Latency[] | null>(null);
  useEffect(() => {
    let over = false;
    fetch("/metrics").then((answer) => (answer.ok ? answer.text() : "")).then((text) => { if (!over) setRows(latencies(text)); }, () => { if (!over) setRows([]); });
    return () => { over = true; };
  }, []);
  if (!rows) return <section class="card"><div class="ghost medium" /></section>;
  const cells = (one: Latency): string[] => [one.route || "everything", count(one.count), brief(one.median), brief(one.slowest)];
  const sheet = { columns: ["Asked for", "Requests", "Median, s", "99 %, s"], rows: rows.map((one) => [one.route || "everything", one.count, one.median, one.slowest]) };
  return (
    <Panel title="How quickly this service answers" name="latency" tabular sheet={rows.length ? sheet : undefined} elsewhere={{ ways: [["API call", `curl -s ${location.origin}/metrics`]], result: { address: "/metrics", file: "metrics.txt" } }}
      note="Since it was started, of every request from its arrival to the end of its answer: those that wait for a run are among them. Estimated from a histogram.">
      {rows.length === 0
        ? <p class="nothing">The service does not say how quickly it answers.</p>
        : <LongTable label="Latencies" class="plain" columns={COLUMNS} rows={rows} cells={cells} values={(one) => [one.route, one.count, one.median, one.slowest]}
          row={(one) => <tr key={one.route} class={one.route ? "" : "strong"}>{cells(one).map((text, n) => (n === 0 ? <th key={n} scope="row">{text}</th> : <td key={n} class="num">{text}</td>))}</tr>} />}
    </Panel>
  );
}
