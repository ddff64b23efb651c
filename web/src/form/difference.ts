/** What runs of one study were asked differently, setting by setting, in words. */
import type { Doc, Json, Schemas } from "../api";
import { phrase, words } from "../format";
import { fromStudy, same } from "./address";
import { type Defs, inPercent, kindName, resolved, type Spec, suffix, written } from "./spec";

type Form = Schemas["StudyForm"];

export interface Difference {
  setting: string;
  values: readonly string[]; // of each run
}

export function differences(form: Form, studies: readonly Doc[]): Difference[] {
  const asked = studies.map((one) => fromStudy(one, form));
  const defs = form.defs as Defs;
  return form.settings.flatMap(({ name, spec }) => {
    if (asked.every((one) => same(one[name] ?? null, asked[0]?.[name] ?? null))) return [];
    const own = resolved(spec as Spec, defs);
    return [{ setting: words(name), values: asked.map((one) => valueWords(one[name], own)) }];
  });
}

/** A value as it would be typed; what was not said is as usual. */
export function valueWords(value: Json | undefined, spec: Spec): string {
  const said = value ?? spec.default ?? null;
  const usual = value === undefined ? "as usual" : "";
  if (said === null || (Array.isArray(said) && said.length === 0)) return usual || "none";
  return usual ? `${usual}: ${text(said, spec)}` : text(said, spec);
}

function text(value: Json, spec: Spec): string {
  if (typeof value === "number") return [written(value, spec), inPercent(spec) ? suffix(spec) || "%" : suffix(spec)].filter(Boolean).join("\u202f");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((one) => text(one, spec.items ?? {})).join(", ");
  if (value === null || typeof value === "string") return value ?? "none";
  const { kind: _, ...settings } = value;
  const inner = Object.entries(settings).map(([name, one]) => `${phrase(name)} ${text(one, {})}`);
  const kind = kindName(value);
  if (!kind) return inner.join(", ");
  return words(kind) + (inner.length ? ` (${inner.join(", ")})` : "");
}
