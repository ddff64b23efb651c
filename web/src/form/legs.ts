/** Rows of a table as documents: what is typed in each cell, and what it says. */
import type { Doc, Json } from "../api";
import { words } from "../format";
import { controlOf, type Defs, resolved, type Spec, typed, written, wrongNumber } from "./spec";

export interface Column {
  key: string;
  word: string;
  spec: Spec;
  as: "legs" | "number" | "choice";
  choices: readonly string[];
  required: boolean;
}

/** Cells by the key of their column; one that was given in words has them under "". */
export type Row = Readonly<Record<string, string>>;

/** The columns of a kind; nothing if one of its settings fits in no cell. */
export function columnsOf(kind: Spec, defs: Defs): Column[] | null {
  const columns = Object.entries(kind.properties ?? {}).filter(([key]) => key !== "kind").map(([key, given]): Column | null => {
    const spec = resolved(given, defs);
    const control = controlOf(spec, defs);
    const column = { key, word: words(key), spec, choices: control.as === "choice" ? control.choices : [], required: kind.required?.includes(key) ?? false };
    if (spec.items?.prefixItems?.length === 2) return { ...column, as: "legs" };
    return control.as === "number" || control.as === "choice" ? { ...column, as: control.as } : null;
  });
  return columns.length > 0 && columns.every((one) => one !== null) ? columns : null;
}

/** "AAPL - MSFT" is [["AAPL", 1], ["MSFT", -1]], "0.5 KO + 50% PEP" two halves; null if it is none. */
export function legsOf(text: string): [string, number][] | null {
  const parts = ` ${text.trim()}`.replace(/^ -/, " - ").replace(/^(?! [-+] )/, " + ").split(/\s([-+])\s+/).slice(1);
  const legs: [string, number][] = [];
  for (let n = 0; n < parts.length; n += 2) {
    const found = /^(?:(\d+(?:[.,]\d+)?)\s*(%)?\s*[*×]?\s+)?([^\s+*<>=,]+)$/.exec(parts[n + 1]!.trim());
    if (!found) return null;
    const size = Number((found[1] ?? "1").replace(",", ".")) / (found[2] ? 100 : 1);
    legs.push([found[3]!.toUpperCase(), parts[n] === "-" ? -size : size]);
  }
  return legs.length > 0 ? legs : null;
}

export function legsInWords(legs: Json | undefined): string {
  if (!Array.isArray(legs)) return "";
  return (legs as [string, number][]).map(([asset, size], n) => {
    const sign = size < 0 ? (n ? "- " : "-") : n ? "+ " : "";
    const many = Number(Math.abs(size).toPrecision(12));
    return `${sign}${many === 1 ? "" : `${many} `}${asset}`;
  }).join(" ");
}

/** A document as cells. */
export function rowOf(value: Json, columns: readonly Column[]): Row {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { "": String(value ?? "") };
  const cell = (one: Column): string => {
    const said = value[one.key] ?? one.spec.default;
    return one.as === "legs" ? legsInWords(said) : one.as === "number" ? written(said, one.spec) : String(said ?? "");
  };
  return Object.fromEntries(columns.map((one) => [one.key, cell(one)]));
}

/** What cells say, or what is wrong with them; neither for a row in which nothing stands that must. */
export function saidBy(row: Row, columns: readonly Column[], kind: string): { value: Json | null; wrong: string } {
  if (row[""] !== undefined) return { value: row[""].trim() || null, wrong: "" };
  if (columns.every((one) => !one.required || !row[one.key]?.trim())) return { value: null, wrong: "" };
  const value: Doc = { kind };
  for (const one of columns) {
    const text = row[one.key]?.trim() ?? "";
    if (text === "" && !one.required) continue; // as usual
    if (one.as === "choice") value[one.key] = text;
    else if (one.as === "legs") {
      const legs = legsOf(text);
      if (!legs) return { value: null, wrong: `${one.word}: assets such as AAPL - MSFT are needed.` };
      value[one.key] = legs;
    } else {
      const number = typed(text, one.spec);
      const wrong = wrongNumber(number, one.spec);
      if (wrong) return { value: null, wrong: `${one.word}: ${wrong.charAt(0).toLowerCase()}${wrong.slice(1)}` };
      value[one.key] = number;
    }
  }
  return { value, wrong: "" };
}

export interface Cap {
  line: number; // which of the constraints it is
  sector: string;
  most: number; // a fraction
}

/** The constraints that are a cap of a sector: its name in quotes, or one that is known. */
export function capsOf(lines: readonly string[], sectors: readonly string[]): Cap[] {
  return lines.flatMap((text, line) => {
    const found = /^(?:"([^"]+)"|([^"<>=]+?))\s*<=\s*(\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
    const named = found?.[1] ?? sectors.find((one) => one.toLowerCase() === found?.[2]?.toLowerCase());
    return found && named ? [{ line, sector: named, most: Number(found[3]) / 100 }] : [];
  });
}

/** As a constraint says it. */
export const capInWords = (sector: string, most: number): string => `"${sector.replaceAll('"', "").trim()}" <= ${Number((100 * most).toPrecision(12))}%`;
