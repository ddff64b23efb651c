/** Small tables of a form: rows that are added and taken out, each cell with its unit. */
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Json } from "../api";
import { words } from "../format";
import { Help } from "./help";
import { capInWords, capsOf, type Column, type Row, rowOf, saidBy } from "./legs";
import { type Spec, suffix, typed, written, wrongNumber } from "./spec";

interface Props {
  name: string;
  title: string;
  about: string;
  kind: string;
  columns: readonly Column[];
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  onWrong: (name: string, wrong: string) => void;
}

const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);
const headOf = (one: Column): string => `${one.word}${suffix(one.spec) ? `, ${suffix(one.spec)}` : ""}`;

/** Documents of one kind, one a row. What was given in words stays in words. */
export function RowsField({ name, title, about, kind, columns, value, onChange, onWrong }: Props) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const given = JSON.stringify(listOf(value));
  const was = useRef(given);
  const own = useRef(given); // what was written here; anything else came from elsewhere
  const [rows, setRows] = useState<readonly Row[]>(() => listOf(value).map((one) => rowOf(one, columns)));
  if (was.current !== given) { // at once: an effect would come after the next keys, and undo them
    was.current = given;
    if (given !== own.current) setRows(listOf(value).map((one) => rowOf(one, columns)));
    own.current = given;
  }
  const wrong = rows.map((one) => saidBy(one, columns, kind).wrong).find(Boolean) ?? "";
  useLayoutEffect(() => {
    onWrong(name, wrong);
    return () => onWrong(name, "");
  }, [name, wrong]);
  const write = (next: readonly Row[]): void => {
    const said = next.flatMap((one) => saidBy(one, columns, kind).value ?? []) as Json[];
    own.current = JSON.stringify(said);
    setRows(next);
    onChange(said.length ? said : undefined);
  };
  const set = (n: number, key: string, text: string): void => write(rows.map((one, at) => (at === n ? { ...one, [key]: text } : one)));
  const focus = (selector: string): void => { requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(selector)?.focus()); };
  const add = (): void => {
    write([...rows, rowOf({}, columns)]);
    focus("tbody tr:last-child :is(input, select)");
  };
  const drop = (n: number): void => {
    write(rows.filter((_, at) => at !== n));
    focus("[data-add]");
  };
  return (
    <div class={wrong ? "field wrong" : "field"} ref={box}>
      <span class="label" id={id}>{title}</span>
      {rows.length > 0 && (
        <div class="cells" role="region" tabIndex={0} aria-labelledby={id}>
          <table class="plain">
            <thead><tr>{columns.map((one) => <th key={one.key} scope="col">{headOf(one)}</th>)}<th scope="col"><span class="unseen">Take out</span></th></tr></thead>
            <tbody>{rows.map((one, n) => (
              <tr key={n}>
                {one[""] !== undefined
                  ? <td colSpan={columns.length}><input aria-label={`${title}, row ${n + 1}, in words`} value={one[""]} onInput={(e) => set(n, "", e.currentTarget.value)} /></td>
                  : columns.map((each) => <td key={each.key}><Cell column={each} n={n} text={one[each.key] ?? ""} onText={(text) => set(n, each.key, text)} /></td>)}
                <td><button type="button" class="link" aria-label={`Take row ${n + 1} out of ${title.toLowerCase()}`} onClick={() => drop(n)}>×</button></td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
      <button type="button" class="link" data-add onClick={add}>Add a row to {title.toLowerCase()}</button>
      <p class={wrong ? "hint bad" : "hint"}>{wrong || <Help text={about} />}</p>
    </div>
  );
}

function Cell({ column, n, text, onText }: { column: Column; n: number; text: string; onText: (text: string) => void }) {
  const says = { "aria-label": `${headOf(column)}, row ${n + 1}`, title: column.spec.description ?? "" };
  if (column.as === "choice") return <select {...says} value={text} onChange={(e) => onText(e.currentTarget.value)}>{column.choices.map((one) => <option key={one} value={one}>{words(one)}</option>)}</select>;
  return <input {...says} class={column.as} value={text} autocomplete="off" spellcheck={false} {...(column.as === "legs" ? { placeholder: "AAPL - MSFT" } : { inputMode: "decimal" as const })} onInput={(e) => onText(e.currentTarget.value)} />;
}

const MOST: Spec = { type: "number", unit: "fraction", minimum: 0, maximum: 1 };

interface CapsProps {
  lines: readonly string[]; // the constraints, of which caps are some
  sectors: readonly string[]; // that are known
  onChange: (lines: string[]) => void;
}

/** Caps of sectors: each is a constraint, and stands among them as well. */
export function SectorCaps({ lines, sectors, onChange }: CapsProps) {
  const id = useId();
  const [sector, setSector] = useState("");
  const [most, setMost] = useState("");
  const caps = capsOf(lines, sectors);
  const number = typed(most, MOST);
  const wrong = most === "" ? "" : wrongNumber(number, MOST);
  const ready = sector.trim() !== "" && most !== "" && !wrong;
  const first = useRef<HTMLInputElement>(null);
  const add = (): void => {
    if (!ready || number === null) return;
    onChange([...lines, capInWords(sector, number)]);
    setSector("");
    setMost("");
    first.current?.focus();
  };
  const enter = (e: KeyboardEvent): void => {
    if (e.key !== "Enter" || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    add();
  };
  const drop = (line: number): void => {
    onChange(lines.filter((_, n) => n !== line));
    first.current?.focus();
  };
  return (
    <div class={wrong ? "field wrong" : "field"}>
      <span class="label" id={id}>Sector caps</span>
      <div class="cells" role="region" tabIndex={0} aria-labelledby={id}>
        <table class="plain">
          <thead><tr><th scope="col">Sector</th><th scope="col">At most, %</th><th scope="col"><span class="unseen">Add or take out</span></th></tr></thead>
          <tbody>
            {caps.map((one) => (
              <tr key={one.line}>
                <th scope="row">{one.sector}</th>
                <td><CapMost cap={one} onMost={(next) => onChange(lines.map((line, n) => (n === one.line ? capInWords(one.sector, next) : line)))} /></td>
                <td><button type="button" class="link" aria-label={`Take the cap of ${one.sector} out`} onClick={() => drop(one.line)}>×</button></td>
              </tr>
            ))}
            <tr>
              <td><input ref={first} aria-label="Sector" list={`${id}-sectors`} value={sector} autocomplete="off" onKeyDown={enter} onInput={(e) => setSector(e.currentTarget.value)} /></td>
              <td><input class="number" aria-label="At most, %, of a sector" inputMode="decimal" value={most} onKeyDown={enter} onInput={(e) => setMost(e.currentTarget.value)} {...(wrong ? { "aria-invalid": "true" } : {})} /></td>
              <td><button type="button" class="link" disabled={!ready} aria-label="Add the cap of a sector" onClick={add}>Add</button></td>
            </tr>
          </tbody>
        </table>
      </div>
      <datalist id={`${id}-sectors`}>{sectors.filter((one) => !caps.some((cap) => cap.sector === one)).map((one) => <option key={one} value={one} />)}</datalist>
      <p class={wrong ? "hint bad" : "hint"}>{wrong || "What a sector may be of the portfolio. They are constraints, and stand among them."}</p>
    </div>
  );
}

function CapMost({ cap, onMost }: { cap: { sector: string; most: number }; onMost: (most: number) => void }) {
  const [draft, setDraft] = useState<string | null>(null);
  const wrong = draft === null ? "" : wrongNumber(typed(draft, MOST), MOST);
  const type = (text: string): void => {
    const number = typed(text, MOST);
    setDraft(text);
    if (number !== null && !wrongNumber(number, MOST)) onMost(number);
  };
  return <input class="number" aria-label={`At most, %, of ${cap.sector}`} inputMode="decimal" value={draft ?? written(cap.most, MOST)} title={wrong} {...(wrong ? { "aria-invalid": "true" } : {})} onInput={(e) => type(e.currentTarget.value)} onBlur={() => setDraft(null)} />;
}
