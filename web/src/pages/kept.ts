/** Saved portfolios as data: their tags, what a filter leaves of them, and what a file of them holds. */
import type { Schemas } from "../api";

export type Saved = Schemas["SavedPortfolio"];

/** The tags of a portfolio: the words of its note that begin with #. */
export const tagsOf = (note: string): string[] => [...new Set(note.match(/(?<=^|\s)#[^\s#]+/gu) ?? [])];

/** The note without its tags. */
export const saidOf = (note: string): string => note.replaceAll(/(?<=^|\s)#[^\s#]+/gu, "").replaceAll(/\s+/g, " ").trim();

/** Those in whose name, note, objective or tickers every word of a text stands. */
export function matching(all: readonly Saved[], text: string): Saved[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const whole = (one: Saved): string => [one.name, one.note, one.objective, ...Object.keys(one.weights)].join(" ").toLowerCase();
  return all.filter((one) => wanted.every((word) => whole(one).includes(word)));
}

/** What is sent to have a portfolio kept. */
export interface Save {
  name: string;
  weights: Record<string, number>;
  shares?: Record<string, number>;
  note?: string;
}

/** The portfolios of a file: what is exported here as JSON or CSV, or a table of tickers and weights. */
export function portfoliosOf(file: string, text: string): Save[] {
  const found = text.trimStart().startsWith("[") ? ofJson(text) : ofTable(file, text);
  if (found.length === 0) throw new Error("There is no portfolio in this file.");
  return found;
}

function ofJson(text: string): Save[] {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Error("This file is no JSON.");
  }
  return (read as unknown[]).map((one, n) => {
    const { name, weights, shares, note } = (one ?? {}) as Partial<Saved>;
    if (typeof name !== "string" || typeof weights !== "object" || weights === null) throw new Error(`Entry ${n + 1} of this file has no name or no weights.`);
    return { name, weights, ...(shares && Object.keys(shares).length ? { shares } : {}), ...(note ? { note } : {}) };
  });
}

interface Row {
  line: number; // on which it begins
  cells: readonly string[];
}

/** The rows of a table; what stands in quotes may hold the separator, a line break, and quotes that are doubled. */
function recordsOf(text: string, mark: string): Row[] {
  const records: Row[] = [];
  let [cells, quoted, line, begun] = [[""], false, 1, 1];
  const end = (): void => {
    if (cells.some((one) => one.trim() !== "")) records.push({ line: begun, cells: cells.map((one) => one.trim().replace(/^'(?=[=+\-@])/, "")) }); // as it was made harmless for a spreadsheet
    cells = [""];
  };
  for (let n = 0; n < text.length; n += 1) {
    const letter = text[n]!;
    if (letter === "\n") line += 1;
    if (letter === '"') {
      const doubled = quoted && text[n + 1] === '"';
      if (doubled) { cells[cells.length - 1] += letter; n += 1; } else quoted = !quoted;
    } else if (letter === mark && !quoted) cells.push("");
    else if (letter === "\n" && !quoted) { end(); begun = line; } else cells[cells.length - 1] += letter;
  }
  end();
  return records;
}

function ofTable(file: string, text: string): Save[] {
  const whole = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n").trimStart();
  const first = whole.slice(0, whole.indexOf("\n") + 1);
  const rows = recordsOf(whole, first.includes(";") ? ";" : first.includes("\t") ? "\t" : ",");
  const head = (rows[0]?.cells ?? []).map((one) => one.toLowerCase());
  const at = (...names: string[]): number => head.findIndex((one) => names.includes(one));
  const [ticker, weight, named, shares] = [at("ticker", "symbol", "asset"), at("weight", "weights", "share"), at("portfolio", "name"), at("shares")];
  if (ticker < 0 || weight < 0) throw new Error("This file has no columns named ticker and weight.");
  const kept = new Map<string, Save>();
  for (const { line, cells } of rows.slice(1)) {
    const asset = cells[ticker] ?? "";
    if (asset === "" || asset.toLowerCase() === "cash") continue; // what the weights leave of 1
    const name = named < 0 ? file.replace(/\.[^.]*$/, "") : (cells[named] ?? "");
    const one = kept.get(name) ?? { name, weights: {} };
    if (Object.hasOwn(one.weights, asset)) throw new Error(`Line ${line} of this file has ${asset} a second time.`);
    one.weights[asset] = fraction(cells[weight] ?? "", line);
    if (shares >= 0 && cells[shares]) one.shares = { ...one.shares, [asset]: numberOf(cells[shares], line, "number of shares") };
    kept.set(name, one);
  }
  return [...kept.values()];
}

function numberOf(text: string, line: number, what: string): number {
  const number = Number(text.replace(/\s*%$/, "").replace(",", "."));
  if (text === "" || !Number.isFinite(number)) throw new Error(`Line ${line} of this file has no ${what}: ${text || "nothing"}.`);
  return number;
}

function fraction(text: string, line: number): number {
  const number = numberOf(text, line, "weight");
  return text.endsWith("%") ? number / 100 : number;
}

/** A name that nothing has yet: "core 2". */
export function freeName(name: string, taken: readonly string[]): string {
  for (let n = 2; ; n += 1) {
    const one = `${name.replace(/ \d+$/, "").slice(0, 75)} ${n}`;
    if (!taken.includes(one)) return one;
  }
}
