/** A table of many rows: those that are seen stand in the page, and a search takes the place of the browser's. */
import { cloneElement, type ComponentChildren, type VNode } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { count } from "../format";
import { Walk } from "./walk";

const ROW = 33; // pixels
const AROUND = 12; // rows beyond those that are seen, above and below
const SEEN = 15; // rows that the box has room for
const STEP = 6; // rows that go by before others are drawn
const LONG = 60; // rows, up to which a table stands in the page whole

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

interface Props<T> {
  label: string;
  head: ComponentChildren; // the cells of the heading
  rows: readonly T[];
  cells: (one: T, n: number) => readonly string[]; // what is written in them
  row: (one: T, n: number) => VNode; // its <tr>
  class?: string;
  walked?: boolean; // its rows are marks of a picture
}

export function LongTable<T>(props: Props<T>) {
  const { label, head, rows, row, walked } = props;
  const name = props.class ?? "plain";
  if (rows.length > LONG) return <Windowed {...props} />;
  const table = (
    <table class={name} role="table">
      <thead role="rowgroup"><tr role="row">{head}</tr></thead>
      <tbody role="rowgroup">{rows.map(row)}</tbody>
    </table>
  );
  return walked ? <Walk label={label} class="wide-table">{table}</Walk> : <div class="wide-table" tabIndex={0} role="region" aria-label={label}>{table}</div>;
}

function Windowed<T>({ label, head, rows, cells, row, class: name = "plain", walked }: Props<T>) {
  const [scrolled, setScrolled] = useState(0);
  const [text, setText] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const written = useMemo(() => rows.map(cells), [rows]);
  const widest = useMemo(() => widestRows(written), [written]);
  const found = useMemo(() => foundRows(written, text), [written, text]);
  const { first, last } = drawnRows(scrolled, found.length);
  const space = (many: number) => many > 0 && <tr aria-hidden="true"><td colSpan={99} style={{ height: `${many * ROW}px`, padding: 0 }} /></tr>;
  const search = (next: string): void => {
    setText(next);
    setScrolled(0);
    if (box.current) box.current.scrollTop = 0;
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
