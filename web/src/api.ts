/** The service, and nothing else: every number on the page comes from here. */
import type { components } from "./openapi";

export type Schemas = components["schemas"];
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Doc = Record<string, Json>;

/** What is wrong, and what to do about it, as the service says it. */
export class Trouble extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly problems: readonly { path: string; reason: string }[] = [],
    readonly mends: readonly Mend[] = [],
  ) {
    super(message);
  }
}

/** A limit that must give, and the level it must give to. */
export interface Mend {
  constraint: string; // as it was stated
  sentence: string;
  limit: number | null;
  needed: number | null;
  unit: string;
}

const CUT = "The service does not answer. It may have been stopped; this page tries again.";

export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(path, init).catch(() => {
    throw new Trouble(CUT, "cut", 0);
  });
  if (answer.status === 204) return undefined as T;
  const body: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) return body as T;
  const said = body as { detail?: string; code?: string; problems?: Trouble["problems"]; mends?: Mend[] };
  if (answer.status === 401) dispatchEvent(new Event("signed-out"));
  throw new Trouble(
    said.detail ?? `The service answered ${answer.status}.`,
    said.code ?? "http",
    answer.status,
    said.problems,
    said.mends,
  );
}

export function post<T>(path: string, document: unknown, headers: HeadersInit = {}): Promise<T> {
  const type = { "Content-Type": "application/json" };
  return ask<T>(path, { method: "POST", headers: { ...type, ...headers }, body: JSON.stringify(document) });
}

/** Ask for a run, and do not wait for it. What was asked before is the same run. */
export async function start(path: string, document: Doc): Promise<string> {
  const answer = await post<Schemas["Summary"] | { run: { id: string } | null }>(
    `/api/${path}`, document, { Prefer: "respond-async" },
  );
  return "links" in answer ? answer.id : (answer.run?.id ?? "");
}

/** What is answered at once, and is no run. */
export const answer = (path: string, document: Doc): Promise<{ result: unknown; page: Schemas["ShownPage"] }> =>
  post(`/api/${path}/page`, document);

export const cancel = (run: string): Promise<unknown> => ask(`/api/runs/${run}`, { method: "DELETE" });

/** Answers that do not change while the page is open are asked for once. */
const kept = new Map<string, Promise<unknown>>();

export function once<T>(path: string): Promise<T> {
  let asked = kept.get(path);
  if (!asked) {
    asked = ask<T>(path);
    asked.catch(() => kept.delete(path));
    kept.set(path, asked);
  }
  return asked as Promise<T>;
}
