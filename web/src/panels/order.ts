/** In which order the rows of a table stand: as they came, or by a column. */

export type Value = string | number | null;

export interface Order {
  column: number;
  down: boolean; // the greatest first
}

/** A unit behind a number, by which units of one column differ: 1.2M, and sessions as time. */
const SCALES: Record<string, number> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12, session: 1, month: 21, year: 252 };
const NUMBER = /^[<>\u2248~]?\s*([+-]?(?:\d[\d,]*)?(?:\.\d+)?(?:e[+-]?\d+)?)(?![\w-]*\d)\s*([KMBT](?!\w)|session|month|year)?/;

/** What a written cell is sorted by: the number that it begins with, the text itself, or nothing. */
export function valueOf(text: string): Value {
  const written = text.trim().replaceAll("\u2212", "-");
  if (written === "" || /^(n\/a|-|\u2013|\u2014)/.test(written) && !/^-[\d.]/.test(written)) return null;
  const found = NUMBER.exec(written);
  const number = found?.[1] ? Number(found[1].replaceAll(",", "")) : NaN;
  return Number.isFinite(number) ? number * (SCALES[found?.[2] ?? ""] ?? 1) : written.toLowerCase();
}

const compared = (a: string | number, b: string | number): number => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
};

/** The rows in an order; what is not known stands last either way, equals stay as they came. */
export function inOrder(rows: readonly number[], order: Order | null, valueAt: (row: number, column: number) => Value): number[] {
  if (!order) return [...rows];
  const values = new Map(rows.map((row) => [row, valueAt(row, order.column)]));
  const sign = order.down ? -1 : 1;
  return [...rows].sort((x, y) => {
    const [a, b] = [values.get(x) ?? null, values.get(y) ?? null];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * compared(a, b);
  });
}

/** A column that is pressed: the end that matters most first, then the other, then as the rows came. */
export function pressed(order: Order | null, column: number, numbers: boolean): Order | null {
  if (order?.column !== column) return { column, down: numbers };
  return order.down === numbers ? { column, down: !numbers } : null;
}
