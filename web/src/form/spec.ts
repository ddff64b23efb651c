/** What JSON Schema says of one setting, as a form needs to know it. */
import type { Json } from "../api";

export interface Spec {
  $ref?: string;
  type?: string;
  title?: string;
  description?: string;
  default?: Json;
  const?: Json;
  enum?: Json[];
  format?: string;
  items?: Spec;
  prefixItems?: Spec[];
  oneOf?: Spec[];
  anyOf?: Spec[];
  properties?: Record<string, Spec>;
  additionalProperties?: Spec | boolean;
  required?: string[];
  discriminator?: { propertyName: string; mapping: Record<string, string> };
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  unit?: string;
  in_words?: boolean;
  advanced?: boolean;
  file?: string; // the text of a file, and how its name may end
}

export type Defs = Record<string, Spec>;

/** What a setting is filled in with. */
export type Control =
  | { as: "number"; spec: Spec; optional: boolean }
  | { as: "switch" }
  | { as: "choice"; choices: string[]; optional: boolean }
  | { as: "date" }
  | { as: "kind"; kinds: Record<string, Spec>; optional: boolean }
  | { as: "lines" }
  | { as: "numbers"; spec: Spec }
  | { as: "text" }
  | { as: "file"; ends: string }
  | { as: "words"; number: Spec | null } // a text that the service reads, such as AAPL=30%, or a number
  | { as: "rows"; kind: string; of: Spec } // documents of one kind, one a row
  | { as: "document" }; // anything else, as JSON

const own = (spec: Spec): Spec[] => (spec.anyOf ?? spec.oneOf ?? []).filter((one) => one.type !== "null");

export function resolved(spec: Spec, defs: Defs): Spec {
  const target = spec.$ref ? defs[spec.$ref.slice(spec.$ref.lastIndexOf("/") + 1)] : undefined;
  return target ? { ...target, ...spec } : spec;
}

export function optional(spec: Spec): boolean {
  return spec.anyOf?.some((one) => one.type === "null") ?? false;
}

/** The kinds that a setting may be, by name; the first alternative that is a union of kinds. */
function kindsOf(spec: Spec, defs: Defs): Record<string, Spec> | undefined {
  if (spec.discriminator) {
    const mapped = Object.entries(spec.discriminator.mapping);
    return Object.fromEntries(mapped.map(([kind, ref]) => [kind, resolved({ $ref: ref }, defs)]));
  }
  for (const one of own(spec)) {
    const found = kindsOf(one, defs);
    if (found) return found;
  }
  return undefined;
}

const CELLS = 3; // settings beside the kind that a row of a form has room for; of more, words say more

export function controlOf(given: Spec, defs: Defs): Control {
  const spec = resolved(given, defs);
  if (spec.file) return { as: "file", ends: spec.file };
  const rows = spec.type === "array" && spec.items && !spec.items.type ? Object.entries(kindsOf(spec.items, defs) ?? {}) : [];
  if (rows.length === 1 && Object.keys(rows[0]![1].properties ?? {}).length <= CELLS + 1) return { as: "rows", kind: rows[0]![0], of: rows[0]![1] };
  if (spec.in_words) return { as: "words", number: null };
  const may = optional(spec);
  const kinds = kindsOf(spec, defs);
  if (kinds) return { as: "kind", kinds, optional: may };
  const parts = own(spec);
  if (parts.length === 1) {
    const inner = controlOf({ ...parts[0]! }, defs);
    return "optional" in inner ? { ...inner, optional: may } : inner;
  }
  if (parts.length > 1) {
    const choices = parts.flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const]));
    const number = parts.find((one) => one.type === "number" || one.type === "integer") ?? null;
    return number || choices.length === 0 ? { as: "words", number } : { as: "choice", choices: choices.map(String), optional: may };
  }
  return simple(spec, may);
}

function simple(spec: Spec, may: boolean): Control {
  if (spec.type === "boolean") return { as: "switch" };
  if (spec.enum) return { as: "choice", choices: spec.enum.map(String), optional: may };
  if (spec.type === "number" || spec.type === "integer") return { as: "number", spec, optional: may };
  if (spec.type === "string") return { as: spec.format === "date" ? "date" : "text" };
  if (spec.type === "array" && spec.items?.type === "string") return { as: "lines" };
  if (spec.type === "array" && /number|integer/.test(spec.items?.type ?? "")) return { as: "numbers", spec: spec.items! };
  return { as: "document" };
}

/** A fraction is written in per cent and kept as a fraction. */
export const inPercent = (spec: Spec): boolean => spec.unit?.startsWith("fraction") ?? false;

const SUFFIX: Record<string, string> = {
  fraction: "%", "fraction per year": "% a year", "trading days": "sessions", "basis points": "bp", currency: "",
  "multiple of the beginning": "times",
};

export function suffix(spec: Spec): string {
  return spec.unit ? (SUFFIX[spec.unit] ?? spec.unit) : "";
}

const POWERS: Record<string, number> = { k: 1e3, thousand: 1e3, m: 1e6, mn: 1e6, million: 1e6, bn: 1e9, billion: 1e9, tn: 1e12, trillion: 1e12 };
/** Money, also in short, such as $10m or 2.5 billion: as the command line reads it. */
const MONEY = new RegExp(`^[$\u20ac\u00a3\u00a5]?\\s*(.*\\d\\.?)\\s*(${Object.keys(POWERS).join("|")})?$`, "i");

/** A number as it was typed, "12.5" or "12,5 %", in the unit of the document; null if it is none. */
export function typed(text: string, spec: Spec): number | null {
  const money = spec.unit === "currency" ? MONEY.exec(text.trim()) : null;
  if (money) {
    const value = typed(money[1]!, {});
    return value === null ? null : Number((value * (POWERS[money[2]?.toLowerCase() ?? ""] ?? 1)).toPrecision(12));
  }
  const bare = text.trim().replace(/\s|%/g, "").replace("\u2212", "-");
  const dotted = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(bare) ? bare.replaceAll(",", "") : bare.replace(",", ".");
  if (!/^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(dotted)) return null;
  return Number((Number(dotted) / (inPercent(spec) ? 100 : 1)).toPrecision(12));
}

/** As it is typed again. */
export function written(value: Json | undefined, spec: Spec): string {
  if (typeof value !== "number") return "";
  return String(Number((value * (inPercent(spec) ? 100 : 1)).toPrecision(12)));
}

/** What is wrong with a number, in words; nothing if it may be. */
export function wrongNumber(value: number | null, spec: Spec): string {
  if (value === null) return "A number is needed.";
  const unit = suffix(spec).split(" ")[0];
  const shown = (x: number): string => `${written(x, spec)}${unit ? `\u202f${unit}` : ""}`;
  if (spec.type === "integer" && !Number.isInteger(value)) return "A whole number is needed.";
  if (spec.minimum !== undefined && value < spec.minimum) return `At least ${shown(spec.minimum)}.`;
  if (spec.maximum !== undefined && value > spec.maximum) return `At most ${shown(spec.maximum)}.`;
  if (spec.exclusiveMinimum !== undefined && value <= spec.exclusiveMinimum) return `More than ${shown(spec.exclusiveMinimum)}.`;
  if (spec.exclusiveMaximum !== undefined && value >= spec.exclusiveMaximum) return `Less than ${shown(spec.exclusiveMaximum)}.`;
  return "";
}

/** The name of a kind, whether it is said in a word or with its settings. */
export function kindName(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (value && typeof value === "object" && !Array.isArray(value)) return String(value["kind"] ?? "");
  return "";
}

/** A value as the service reads it in words: AAPL=0.3,KO=0.2; documents inside it as JSON. */
export function asWords(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "object") return String(value);
  if (Object.values(value).some((one) => typeof one === "object" && one !== null)) return JSON.stringify(value);
  if (Array.isArray(value)) return value.join(",");
  return Object.entries(value).map(([name, one]) => `${name}=${String(one)}`).join(",");
}
