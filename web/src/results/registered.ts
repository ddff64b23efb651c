/** Trained models that are kept, beside the scores of the same models: how long, how large, and which one is in charge. */
import { useEffect, useState } from "preact/hooks";
import { once, type Schemas } from "../api";
import { useAlone } from "../panels/standing";

type Model = Schemas["RegisteredModel"];
type Score = Schemas["ModelScore"];

export type Status = "" | "champion" | "challenger";

/** The newest model of each name and horizon, and where an alias names one. */
export interface Registered {
  newest: ReadonlyMap<string, Model>;
  led: ReadonlySet<string>; // horizons, of returns and of volatility
}

const contest = ({ horizon, use }: Pick<Model, "horizon" | "use">): string => `${horizon}${use === "volatility" ? " volatility" : ""}`;
const key = (name: string, horizon: number): string => `${horizon} ${name}`;

/** Of models, the newest first: one that an alias names stands for its name, whatever came after it. */
export function registeredOf(models: readonly Model[]): Registered {
  const newest = new Map<string, Model>();
  for (const one of [...models.filter((each) => each.aliases.length > 0), ...models]) {
    const at = key(one.name, one.horizon);
    if (!newest.has(at)) newest.set(at, one);
  }
  return { newest, led: new Set(models.filter((one) => one.aliases.length > 0).map(contest)) };
}

export const trainedOf = ({ newest }: Registered, { model, horizon }: Pick<Score, "model" | "horizon">): Model | null => newest.get(key(model, horizon)) ?? null;

/** What an alias names is the champion at its horizon; a model that was trained for the same challenges it, a naive forecast does not. */
export function statusOf(all: Registered, score: Pick<Score, "model" | "horizon">): Status {
  const one = trainedOf(all, score);
  if (!one) return "";
  if (one.aliases.length > 0) return "champion";
  return one.use !== "baseline" && all.led.has(contest(one)) ? "challenger" : "";
}

/** The models of the registry; none as long as they are not known, and none in a file. */
export function useRegistered(): Registered {
  const [all, setAll] = useState<Registered>(() => registeredOf([]));
  const inAFile = useAlone() !== null;
  useEffect(() => {
    if (inAFile) return undefined;
    let over = false;
    once<Model[]>("/api/models?limit=1000").then((models) => { if (!over) setAll(registeredOf(models)); }, () => undefined);
    return () => { over = true; };
  }, [inAFile]);
  return all;
}

/** "840 B", "12.5 kB", "3.1 MB". */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))}\u202f${units[power]!}`;
}
