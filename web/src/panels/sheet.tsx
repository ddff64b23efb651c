/** A table of plain values: shown with as many rows as fit, saved whole and in full precision. */
import { useState } from "preact/hooks";
import { plain } from "../format";

export interface Sheet {
  columns: readonly string[];
  rows: readonly (readonly (string | number | null)[])[];
}

/** Text that a spreadsheet would run as a formula is made harmless, and quoted where it must be. */
function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvOf = (sheet: Sheet): string =>
  [sheet.columns, ...sheet.rows].map((row) => `${row.map(cell).join(",")}\n`).join("");

const ROW = 33; // pixels
const SHOWN = 30; // rows of a long table in the page at once

interface Props {
  sheet: Sheet;
  label: string;
  format?: (value: number, column: number) => string;
}

export function SheetTable({ sheet, label, format = plain }: Props) {
  const [from, setFrom] = useState(0);
  const long = sheet.rows.length > 2 * SHOWN;
  const first = long ? Math.max(0, Math.min(from, sheet.rows.length - SHOWN)) : 0;
  const rows = long ? sheet.rows.slice(first, first + SHOWN) : sheet.rows;
  const numeric = sheet.columns.map((_, n) => sheet.rows.some((row) => typeof row[n] === "number"));
  const space = (count: number) => long && count > 0 && <tr aria-hidden="true"><td colSpan={sheet.columns.length} style={{ height: `${count * ROW}px`, padding: 0 }} /></tr>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}
      onScroll={(e) => { if (long) setFrom(Math.max(0, Math.floor(e.currentTarget.scrollTop / ROW) - 5)); }}>
      <table class="plain">
        <thead><tr>{sheet.columns.map((one, n) => <th key={n} scope="col" class={numeric[n] ? "num" : ""}>{one}</th>)}</tr></thead>
        <tbody>
          {space(first)}
          {rows.map((row, n) => (
            <tr key={first + n}>
              {row.map((value, c) => (c === 0
                ? <th key={c} scope="row">{typeof value === "number" ? format(value, c) : value}</th>
                : <td key={c} class={numeric[c] ? "num" : ""}>{typeof value === "number" ? format(value, c) : (value ?? "n/a")}</td>))}
            </tr>
          ))}
          {space(sheet.rows.length - first - rows.length)}
        </tbody>
      </table>
    </div>
  );
}
