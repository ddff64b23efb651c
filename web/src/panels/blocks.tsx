/** A result as the command line says it: sentences and tables, the evidence folded behind them. */
import type { Schemas } from "../api";
import { words } from "../format";

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

const LONG = 60; // rows, of which the first are shown until all are wanted

function TextTable({ table }: { table: Schemas["ShownTable"] }) {
  const rows = table.rows.slice(0, LONG);
  const more = table.rows.slice(LONG);
  return (
    <div class="block">
      {table.title && <h3>{table.title}</h3>}
      <div class="wide-table" tabIndex={0} role="region" aria-label={table.title || "Table"}>
        <table class="plain">
          <thead><tr>{table.columns.map((one, n) => <th key={n} scope="col" class={one.align === "right" ? "num" : ""}>{one.heading}</th>)}</tr></thead>
          <Rows table={table} rows={rows} />
        </table>
        {more.length > 0 && (
          <details><summary>{more.length} more</summary><table class="plain"><Rows table={table} rows={more} /></table></details>
        )}
      </div>
      {table.note && <p class="foot">{table.note}</p>}
    </div>
  );
}

function Rows({ table, rows }: { table: Schemas["ShownTable"]; rows: Schemas["ShownTable"]["rows"] }) {
  return (
    <tbody>
      {rows.map((row, r) => (
        <tr key={r} class={row.emphasis}>
          {row.cells.map((cell, c) => (c === 0 ? <th key={c} scope="row">{cell}</th> : <td key={c} class={table.columns[c]?.align === "right" ? "num" : ""}>{cell}</td>))}
        </tr>
      ))}
    </tbody>
  );
}

/** The answer in its own words, and what it rests on one click behind. */
export function PageBlocks({ page, main = true }: { page: Schemas["ShownPage"]; main?: boolean }) {
  return (
    <>
      {main && page.main.length > 0 && <section class="card"><Blocks blocks={page.main} /></section>}
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
const told = ({ about, message }: Schemas["Remark"]): string => (about ? `${words(about)}: ${message}` : message.charAt(0).toUpperCase() + message.slice(1));

/** What a reader should know of a result: caveats are seen, the rest is one click behind. */
export function Remarks({ remarks }: { remarks: readonly Schemas["Remark"][] }) {
  const different = [...new Map(remarks.filter((one) => !one.detail).map((one) => [one.message, one])).values()];
  const caveats = different.filter((one) => one.reason === "caveat");
  const others = different.filter((one) => one.reason !== "caveat");
  if (caveats.length + others.length === 0) return null;
  return (
    <section class="card" aria-label="What to know">
      <header><h2>What to know</h2></header>
      {caveats.map((one, n) => <p key={n} class="caution">{told(one)}</p>)}
      {others.length > 0 && (
        <details class="fold"><summary>Repaired, left out and noted <span class="count">{others.length}</span></summary>
          <ul>{others.map((one, n) => <li key={n}>{told(one)}</li>)}</ul>
        </details>
      )}
    </section>
  );
}
