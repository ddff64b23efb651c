/** A result as the command line says it: sentences and tables, the evidence folded behind them. */
import type { Schemas } from "../api";
import { words } from "../format";
import { type Asked, Panel } from "./panel";
import { valueOf } from "./order";
import { LongTable } from "./rows";

type Block = Schemas["ShownPage"]["main"][number];

export function Blocks({ blocks }: { blocks: readonly Block[] }) {
  return <>{blocks.map((one, n) => (one.kind === "table" ? <TextTable key={n} table={one} /> : <Lines key={n} lines={one} />))}</>;
}

function Lines({ lines }: { lines: Schemas["ShownLines"] }) {
  return (
    <div class="block">
      {lines.title && <h3>{lines.title}</h3>}
      {lines.lines.length > 1 ? <ul>{lines.lines.map((one, n) => <li key={n}>{one}</li>)}</ul> : lines.lines.map((one, n) => <p key={n}>{one}</p>)}
    </div>
  );
}

const SENTENCE = 24; // letters: a column that has more tells something, and is no narrow column on a phone

const heading = (word: string): string => (word.length > 2 ? words(word) : word); // p and R² are written as they are

function TextTable({ table }: { table: Schemas["ShownTable"] }) {
  const right = table.columns.map((one) => one.align === "right");
  const wordy = table.columns.map((_, c) => c > 0 && !right[c] && table.rows.some((one) => one.cells[c]!.length > SENTENCE));
  const columns = table.columns.map((one, n) => ({ word: heading(one.heading), class: right[n] ? "num" : "" }));
  const row = (one: Schemas["ShownTable"]["rows"][number], r: number) => (
    <tr key={r} class={one.emphasis} role="row">
      {one.cells.map((cell, c) => (c === 0
        ? <th key={c} scope="row" role="rowheader">{cell}</th>
        : <td key={c} role="cell" data-head={heading(table.columns[c]?.heading ?? "")} class={right[c] ? "num" : wordy[c] ? "wordy" : ""}>{cell}</td>))}
    </tr>
  );
  return (
    <div class="block">
      {table.title && <h3>{table.title}</h3>}
      <LongTable label={table.title || "Table"} class={wordy.some(Boolean) ? "plain worded" : "plain"} columns={columns} rows={table.rows} cells={(one) => one.cells} values={(one) => one.cells.map(valueOf)} row={row} />
      {table.note && <p class="foot">{table.note}</p>}
    </div>
  );
}

/** The answer in its own words, and what it rests on one click behind. */
export function PageBlocks({ page, asked, main = true }: { page: Schemas["ShownPage"]; asked: Asked; main?: boolean }) {
  return (
    <>
      {main && page.main.length > 0 && <Panel title="In detail" name={asked.form.kind} tabular asked={asked} sheet={page.sheet ?? undefined}><Blocks blocks={page.main} /></Panel>}
      {page.evidence.length > 0 && (
        <details class="card evidence"><summary>Evidence <span class="count">{page.evidence.length}</span></summary><Blocks blocks={page.evidence} /></details>
      )}
    </>
  );
}

export function Summary({ page }: { page: Schemas["ShownPage"] }) {
  return (
    <section class="card summary" aria-label="Summary">
      <p class="eyebrow">{page.headline}</p>
      {page.summary.map((line, n) => <p key={n} class={n === 0 ? "lead-line" : ""}>{line}</p>)}
    </section>
  );
}

/** "Prices: No opens are known", or the message alone, as a sentence begins. */
const sentenceOf = ({ about, message }: Schemas["Remark"]): string => (about ? `${words(about)}: ${message}` : message.charAt(0).toUpperCase() + message.slice(1));

/** What a reader should know of a result: caveats are seen, the rest is one click behind. */
export function Remarks({ remarks }: { remarks: readonly Schemas["Remark"][] }) {
  const different = [...new Map(remarks.filter((one) => !one.detail).map((one) => [one.message, one])).values()];
  const caveats = different.filter((one) => one.reason === "caveat");
  const others = different.filter((one) => one.reason !== "caveat");
  if (caveats.length + others.length === 0) return null;
  return (
    <section class="card" aria-label="What to know">
      <header><h2>What to know</h2></header>
      {caveats.map((one, n) => <p key={n} class="caution">{sentenceOf(one)}</p>)}
      {others.length > 0 && (
        <details class="fold"><summary>Repaired, left out and noted <span class="count">{others.length}</span></summary>
          <ul>{others.map((one, n) => <li key={n}>{sentenceOf(one)}</li>)}</ul>
        </details>
      )}
    </section>
  );
}
