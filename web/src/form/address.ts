/** The form as words of the address. Only what differs from the defaults is a part of it. */
import type { Doc, Json, Schemas } from "../api";
import { controlOf, type Defs, resolved, type Spec } from "./spec";

type Form = Schemas["StudyForm"];

/** Whose money and shares they are is nobody else's business: a link never holds them. */
const PRIVATE = new Set(["holdings", "capital", "cash", "weights", "expected_returns"]);
/** The text of a file is too long to be kept anywhere. */
const LONG = new Set(["report"]);

/** A setting that nobody else sees: it is one of those, or a strategy that keeps somebody's own weights. */
const isPrivate = (name: string, value: Json): boolean => PRIVATE.has(name) || JSON.stringify(value).includes('"fixed_weights"');

export function toQuery(document: Doc): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(document)) {
    if (!isPrivate(name, value) && !LONG.has(name)) query.set(name, word(value));
  }
  return query.toString().replaceAll("%2C", ",");
}

/** The part of a document that stays in this window. */
export function secrets(document: Doc): Doc {
  return Object.fromEntries(Object.entries(document).filter(([name, value]) => isPrivate(name, value)));
}

export function fromQuery(query: URLSearchParams, form: Form): Doc {
  const document: Doc = {};
  for (const setting of form.settings) {
    const text = query.get(setting.name);
    const value = text === null ? undefined : valueOf(text, setting.spec as Spec, form.defs as Defs);
    if (value !== undefined) document[setting.name] = value;
  }
  return document;
}

function word(value: Json): string {
  if (typeof value === "string") return value;
  const simple = (one: Json): boolean => typeof one === "number" || (typeof one === "string" && !/[,[{]/.test(one));
  if (Array.isArray(value) && value.length > 0 && value.every(simple)) return value.join(",");
  if (value && typeof value === "object" && !Array.isArray(value)) {
    const names = Object.keys(value);
    if (names.length === 1 && names[0] === "kind") return String(value["kind"]);
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What stands in the address as a value; what cannot be read is left at its default. */
function valueOf(text: string, given: Spec, defs: Defs): Json | undefined {
  const control = controlOf(resolved(given, defs), defs);
  if (/^[[{]/.test(text)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      return undefined;
    }
  }
  switch (control.as) {
    case "number":
      return Number.isFinite(Number(text)) && text !== "" ? Number(text) : undefined;
    case "switch":
      return text === "true";
    case "lines":
      return text.split(",").map((one) => one.trim()).filter(Boolean);
    case "numbers": {
      const numbers = text.split(",").map(Number);
      return numbers.every(Number.isFinite) ? numbers : undefined;
    }
    case "kind":
      return text in control.kinds ? text : undefined;
    case "choice":
      return control.choices.includes(text) ? text : undefined;
    case "document":
      return undefined;
    default:
      return text;
  }
}

/** What a run was asked, flat and without what is usual: the form that asks it again. */
export function fromStudy(study: Doc, form: Form): Doc {
  const document: Doc = {};
  for (const { name, within, spec } of form.settings) {
    const holder = within ? study[within] : study;
    const value = holder && typeof holder === "object" && !Array.isArray(holder) ? holder[name] : undefined;
    const usual = (resolved(spec as Spec, form.defs as Defs).default ?? null) as Json;
    if (value !== undefined && !same(value, usual) && !empty(value)) document[name] = value;
  }
  return document;
}

const empty = (value: Json): boolean =>
  value === null || (typeof value === "object" && Object.keys(value).length === 0);

/** Equal as documents: the order of names and a kind in a word make no difference. */
export function same(a: Json, b: Json): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value && typeof value === "object") {
    const names = Object.keys(value).sort();
    if (names.length === 1 && names[0] === "kind") return canonical(value["kind"] ?? null);
    return `{${names.map((name) => `${name}:${canonical(value[name] ?? null)}`).join()}}`;
  }
  return JSON.stringify(value);
}
