/** The frontier that this window showed before another: its ghost is drawn behind the new one. */
import { useEffect, useState } from "preact/hooks";
import { once, type Schemas } from "../api";
import { keepText, keptText } from "../storage";

type Result = Schemas["FrontierResult"];

interface Seen {
  last: string; // the latest that was done
  before: Record<string, string>; // by run, the one that was done before it was asked
}

const KEY = "frontiers";
const MOST = 30; // runs that are remembered

const seen = (): Seen => JSON.parse(keptText(sessionStorage, KEY) ?? '{"last":"","before":{}}') as Seen;

/** Notes that a run is shown, and says which was done before it; nothing where there was none. */
function noted(run: string, done: boolean): string {
  const { last, before } = seen();
  const own = before[run] ?? (last === run ? "" : last);
  const kept = Object.entries({ ...before, [run]: own }).slice(-MOST);
  keepText(sessionStorage, KEY, JSON.stringify({ last: done ? run : last, before: Object.fromEntries(kept) }));
  return own;
}

export interface Before {
  run: string;
  result: Result;
}

export function useBefore(run: string | null, done: boolean): Before | null {
  const [before, setBefore] = useState<Before | null>(null);
  useEffect(() => {
    let over = false;
    const id = run ? noted(run, done) : "";
    if (!id) setBefore(null);
    else once<Result>(`/api/runs/${id}/result`).then((result) => { if (!over) setBefore({ run: id, result }); }, () => undefined);
    return () => { over = true; };
  }, [run, done]);
  return before;
}
