/** A table of plain values: shown with as many rows as fit, saved whole and in full precision. */
import { plain } from "../format";
import { LongTable } from "./rows";

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

interface Props {
  sheet: Sheet;
  label: string;
  format?: (value: number, column: number) => string;
}

export function SheetTable({ sheet, label, format = plain }: Props) {
  const numeric = sheet.columns.map((_, n) => sheet.rows.some((row) => typeof row[n] === "number"));
  const written = (row: Sheet["rows"][number]): string[] => row.map((value, c) => (typeof value === "number" ? format(value, c) : (value ?? "n/a")));
  const columns = sheet.columns.map((word, n) => ({ word, class: numeric[n] ? "num" : "" }));
  const row = (values: Sheet["rows"][number], n: number) => (
    <tr key={n}>{written(values).map((text, c) => (c === 0 ? <th key={c} scope="row">{text}</th> : <td key={c} class={numeric[c] ? "num" : ""}>{text}</td>))}</tr>
  );
  return <LongTable label={label} columns={columns} rows={sheet.rows} cells={written} values={(one) => one} row={row} />;
}
