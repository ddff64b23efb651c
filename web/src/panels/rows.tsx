/** A table of any length: sorted by a column; of many rows those that are seen stand in the page, and a search takes the place of the browser's. */
import { cloneElement, type ComponentChildren, type VNode } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { asUsual, count } from "../format";
import { inOrder, type Order, pressed, type Value, valueOf } from "./order";
import { about, Term } from "./tips";
import { Walk } from "./walk";

const ROW = 33; // pixels
const AROUND = 12; // rows beyond those that are seen, above and below
const SEEN = 15; // rows that the box has room for
const STEP = 6; // rows that go by before others are drawn
const LONG = 60; // rows, up to which a table stands in the page whole
const FEW = 3; // rows that need no order of their own

/** Which rows of a long table are drawn when it is scrolled so far. */
export function drawnRows(scrolled: number, rows: number): { first: number; last: number } {
  const top = Math.floor(scrolled / ROW / STEP) * STEP;
  const first = Math.max(0, Math.min(top - AROUND, rows - SEEN - 2 * AROUND));
  return { first, last: Math.min(rows, first + SEEN + 2 * AROUND + STEP) };
}

/** Rows in whose cells a text stands, in any case. */
export function foundRows(cells: readonly (readonly string[])[], text: string): number[] {
  const wanted = text.trim().toLowerCase();
  return cells.flatMap((row, n) => (wanted === "" || row.some((one) => one.toLowerCase().includes(wanted)) ? [n] : []));
}

/** For each column the row that is widest in it: the columns keep their width while rows come and go. */
export function widestRows(cells: readonly (readonly string[])[]): number[] {
  const widest = (cells[0] ?? []).map((_, c) => cells.reduce((most, row, n) => (row[c]!.length > cells[most]![c]!.length ? n : most), 0));
  return [...new Set(widest)];
}

export interface Column {
  word: string; // without one, nothing is sorted by it
  unseen?: boolean; // its heading is for screen readers, and nothing is sorted by it
  class?: string; // "num" for numbers
  about?: string; // what it is, under the pointer and the focus
}

interface Props<T> {
  label: string;
  columns: readonly Column[];
  rows: readonly T[];
  cells: (one: T, n: number) => readonly string[]; // what is written in them
  values?: ((one: T, n: number) => readonly Value[]) | undefined; // what they are sorted by, where that is more than is written
  row: (one: T, n: number) => VNode; // its <tr>
  class?: string;
  walked?: boolean; // its rows are marks of a picture
}

export function LongTable<T>(props: Props<T>) {
  const { label, columns, rows, row, cells, values, walked } = props;
  const [order, setOrder] = useState<Order | null>(null);
  const written = useMemo(() => rows.map(cells), [rows]);
  const known = useMemo(() => rows.map(values ?? ((_, n) => written[n]!.map((one) => valueOf(asUsual(one))))), [rows, written]);
  const every = useMemo(() => inOrder(rows.map((_, n) => n), order, (n, c) => known[n]?.[c] ?? null), [rows, known, order]);
  const sorting = rows.length < FEW ? null : { order, press: (c: number) => setOrder(pressed(order, c, known.some((one) => typeof one[c] === "number"))), set: setOrder };
  const head = <>{columns.map((one, c) => <Heading key={c} column={one} at={c} sorting={sorting} />)}</>;
  const name = props.class ?? "plain";
  if (rows.length > LONG) return <Windowed {...props} written={written} every={every} order={order} head={head} />;
  const table = (
    <table class={name} role="table">
      <thead role="rowgroup"><tr role="row">{head}</tr></thead>
      <tbody role="rowgroup">{every.map((n) => row(rows[n]!, n))}</tbody>
    </table>
  );
  return (
    <>
      {sorting && name.includes("worded") && <SortBy columns={columns} order={order} press={sorting.press} set={setOrder} />}
      {walked ? <Walk label={label} class="wide-table">{table}</Walk> : <div class="wide-table" tabIndex={0} role="region" aria-label={label}>{table}</div>}
    </>
  );
}

interface Sorting {
  order: Order | null;
  press: (column: number) => void;
}

function Heading({ column, at, sorting }: { column: Column; at: number; sorting: Sorting | null }) {
  const { word } = column;
  const on = sorting?.order?.column === at ? sorting.order : null;
  const plain = column.about ? <Term word={word} means={column.about} /> : word;
  const said = column.about ? <span class="term">{word}</span> : word;
  const shown: ComponentChildren = column.unseen ? <span class="unseen">{word}</span> : !sorting || !word ? plain : (
    <button type="button" class="sort" {...about(column.about)} onClick={() => sorting.press(at)}>{said}<span class="way" aria-hidden="true">{on ? (on.down ? "\u25BC" : "\u25B2") : ""}</span></button>
  );
  return <th scope="col" role="columnheader" class={column.class ?? ""} {...(on ? { "aria-sort": on.down ? ("descending" as const) : ("ascending" as const) } : {})}>{shown}</th>;
}

/** On a phone a table of sentences is cards, which have no headings to press. */
function SortBy({ columns, order, press, set }: { columns: readonly Column[]; order: Order | null; press: (column: number) => void; set: (order: Order | null) => void }) {
  const id = useId();
  return (
    <div class="sort-by">
      <label for={id}>Sort by</label>
      <select id={id} value={order ? String(order.column) : ""} onChange={(e) => (e.currentTarget.value === "" ? set(null) : press(Number(e.currentTarget.value)))}>
        <option value="">as it is</option>
        {columns.map((one, n) => (one.unseen || !one.word ? null : <option key={n} value={n}>{one.word}</option>))}
      </select>
      {order && <button type="button" class="link" onClick={() => set({ ...order, down: !order.down })}>{order.down ? "greatest first" : "least first"}</button>}
    </div>
  );
}

interface WindowedProps<T> extends Props<T> {
  written: readonly (readonly string[])[];
  every: readonly number[]; // its rows in order
  order: Order | null;
  head: VNode;
}

function Windowed<T>({ label, head, rows, row, written, every, order, class: name = "plain", walked }: WindowedProps<T>) {
  const [scrolled, setScrolled] = useState(0);
  const [text, setText] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const widest = useMemo(() => widestRows(written), [written]);
  const found = useMemo(() => {
    const those = new Set(foundRows(written, text));
    return every.filter((n) => those.has(n));
  }, [written, every, text]);
  const { first, last } = drawnRows(scrolled, found.length);
  const space = (many: number) => many > 0 && <tr aria-hidden="true"><td colSpan={99} style={{ height: `${many * ROW}px`, padding: 0 }} /></tr>;
  const toTop = (): void => {
    setScrolled(0);
    if (box.current) box.current.scrollTop = 0;
  };
  useEffect(toTop, [order]);
  const search = (next: string): void => {
    setText(next);
    toTop();
  };
  const table = (
    <table class={`${name} windowed`} aria-rowcount={found.length + 1}>
      <thead><tr aria-rowindex={1}>{head}</tr></thead>
      <tbody>
        {widest.map((n) => cloneElement(row(rows[n]!, n), { key: `widest ${n}`, class: "unfolded", "aria-hidden": "true", "data-stop": undefined }))}
        {space(first)}
        {found.slice(first, last).map((n, k) => cloneElement(row(rows[n]!, n), { "aria-rowindex": first + k + 2 }))}
        {space(found.length - last)}
      </tbody>
    </table>
  );
  return (
    <>
      <label class="inline find">Find <input type="search" value={text} onInput={(e) => search(e.currentTarget.value)} /> <span role="status">{text.trim() ? `${count(found.length)} of ${count(rows.length)}` : `${count(rows.length)} rows`}</span></label>
      <div class="scroll" ref={box} {...(walked ? {} : { tabIndex: 0, role: "region" as const, "aria-label": label })} onScroll={(e) => setScrolled(e.currentTarget.scrollTop)}>
        {walked ? <Walk label={label}>{table}</Walk> : table}
      </div>
    </>
  );
}
