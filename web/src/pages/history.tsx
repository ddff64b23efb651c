/** Every run that was asked: what it was about and came to, opened, asked again on newer prices, compared, stopped. */
import { useEffect, useState } from "preact/hooks";
import { ask, cancel, type Doc, type Schemas } from "../api";
import { count, moment, ratio, seconds, words } from "../format";
import { keptElsewhere } from "../panels/asked";
import { Panel } from "../panels/panel";
import { type Column, LongTable } from "../panels/rows";
import { Spark } from "../panels/spark";
import { go } from "../router";
import { runAddress } from "../routes";
import { underWay } from "../run";
import { again } from "./edit";

type Run = Schemas["Summary"];
type Glance = Schemas["RunGlance"];
export type Glances = Readonly<Record<string, Glance>>;

const EVERY = 3000; // milliseconds between looks while something runs
const MOST = 5; // that are compared at once
const LISTED = 100;

const tone = (status: string): string => ({ done: "ok", failed: "bad", cancelled: "warn" })[status] ?? "info";
const took = (one: Run): number | null => (one.status === "done" ? one.changed_at - one.created_at : null);

/** "maximum Sharpe, 1 limit, seed 7": what distinguishes a question from others of its kind. */
export function aboutOf(glance: Glance | undefined): string {
  if (!glance) return "";
  const limits = glance.limits ? `${glance.limits} limit${glance.limits === 1 ? "" : "s"}` : "";
  return [glance.about, limits, typeof glance.seed === "number" ? `seed ${glance.seed}` : ""].filter(Boolean).join(", ");
}

/** "20 assets, sample data": how many, and where they are from. */
const universeOf = (glance: Glance | undefined): string =>
  [typeof glance?.assets === "number" ? `${count(glance.assets)} asset${glance.assets === 1 ? "" : "s"}` : "", glance?.source ?? ""].filter(Boolean).join(", ");

/** "0.96 \u00b1 0.19" was measured, "0.99 expected" was not. */
export function sharpeOf(glance: Glance | undefined): string {
  if (typeof glance?.sharpe !== "number") return "";
  if (glance.expected) return `${ratio(glance.sharpe)} expected`;
  return typeof glance.sharpe_error === "number" ? `${ratio(glance.sharpe)} \u00b1 ${ratio(glance.sharpe_error)}` : ratio(glance.sharpe);
}

const COLUMNS: readonly Column[] = [
  { word: "Compare", unseen: true }, { word: "Asked" }, { word: "Question" }, { word: "Universe", class: "wide" },
  { word: "Sharpe ratio", class: "num wide", about: "A year. With \u00b1 it was measured out of sample, after costs; expected is what the model of one portfolio says, and is usually too high." },
  { word: "Value", class: "wide", about: "Of a strategy over its record, or the middle of a simulation; by growth." }, { word: "State" }, { word: "Took", class: "num wide" }, { word: "Actions", unseen: true },
];

const values = (one: Run, glance: Glance | undefined): (string | number | null)[] => [null, one.created_at, words(one.kind), glance?.assets ?? null, glance?.sharpe ?? null, glance?.line?.at(-1) ?? null, one.status, took(one), null];
const cells = (one: Run, glance: Glance | undefined): string[] => ["", moment(one.created_at), `${words(one.kind)} ${aboutOf(glance)}`, universeOf(glance), sharpeOf(glance), "", `${words(one.status)} ${one.message}`, took(one) === null ? "" : seconds(took(one)!), ""];

/** Those in whose line every word of a text stands. */
export const matchingRuns = (runs: readonly Run[], text: string, glances: Glances = {}): Run[] => {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter((one) => wanted.every((word) => cells(one, glances[one.id]).join(" ").toLowerCase().includes(word)));
};

export function Runs({ text }: { text: string }) {
  const [chosen, setChosen] = useState<readonly Run[]>([]);
  const [runs, setRuns] = useState<Run[] | null>(null);
  const [problem, setProblem] = useState("");
  const glances = useGlances(runs);
  const read = (): void => { ask<Run[]>(`/api/runs?limit=${LISTED}`).then(setRuns, () => undefined); };
  const live = runs?.some(underWay) ?? true;
  useEffect(read, []);
  useEffect(() => {
    if (!live) return undefined;
    const timer = setInterval(read, EVERY);
    return () => clearInterval(timer);
  }, [live]);
  const toggle = (one: Run): void => setChosen(chosen.some((each) => each.id === one.id) ? chosen.filter((each) => each.id !== one.id) : [...chosen, one].slice(-MOST));
  const older = [...chosen].sort((a, b) => a.created_at - b.created_at);
  const alike = older.length > 1 && older.every((one) => one.kind === older[0]!.kind);
  const askAgain = (one: Run): void => {
    setProblem("");
    ask<Schemas["Snapshot"]>(`/api/runs/${one.id}`).then((run) => again(one.kind, run.study as Doc)).catch((error: Error) => setProblem(error.message));
  };
  if (runs?.length === 0) return <Panel title="Runs"><p class="nothing">Nothing was asked yet. <a href="/optimise">Run the sample</a>.</p></Panel>;
  const shown = matchingRuns(runs ?? [], text, glances);
  return (
    <Panel title="Runs" elsewhere={keptElsewhere(`/api/runs?limit=${LISTED}`, `forefolio runs --limit ${LISTED}`)} note={older.length > 1 && !alike ? "These answer different questions: runs of one kind can be compared." : "The latest hundred. The same question on the same prices is the same run. Choose two to five of one kind to compare them."}
      tools={alike && <button type="button" class="use" onClick={() => go(`/compare?runs=${older.map((one) => one.id).join(",")}`)}>Compare the {older.length === 2 ? "two" : older.length}</button>}>
      {problem && <p class="problem" role="alert">{problem}</p>}
      {runs === null ? <div class="ghost short" /> : shown.length === 0 ? <p class="nothing">No run has “{text}”.</p> : (
        <LongTable label="Runs" class="plain runs" rows={shown} cells={(one) => cells(one, glances[one.id])} values={(one) => values(one, glances[one.id])} columns={COLUMNS}
          row={(one) => (
            <tr key={one.id}>
              <td>{one.status === "done" && <input type="checkbox" aria-label={`Compare ${words(one.kind)} of ${moment(one.created_at)}`} checked={chosen.some((each) => each.id === one.id)} onChange={() => toggle(one)} />}</td>
              <td class="when">{moment(one.created_at)}</td>
              <th scope="row" title={aboutOf(glances[one.id])}><a href={runAddress(one.kind, one.id)}>{words(one.kind)}</a> <span class="muted small">{aboutOf(glances[one.id])}</span>{sharpeOf(glances[one.id]) && <span class="narrow-only small">Sharpe {sharpeOf(glances[one.id])}</span>}</th>
              <td class="wide">{universeOf(glances[one.id])}</td>
              <td class="num wide">{sharpeOf(glances[one.id])}</td>
              <td class="wide"><Spark line={glances[one.id]?.line ?? []} /></td>
              <td><span class={`state small ${tone(one.status)}`}>{words(one.status)}</span>{one.message && <span class="muted small"> {one.message}</span>}</td>
              <td class="num wide">{took(one) === null ? "" : seconds(took(one)!)}</td>
              <td class="num">{underWay(one) ? <button type="button" class="link" onClick={() => void cancel(one.id).then(read)}>Cancel</button> : <button type="button" class="link" title="The same question on the prices that there are now" onClick={() => askAgain(one)}>Again</button>}</td>
            </tr>
          )} />
      )}
    </Panel>
  );
}

/** What each run was about and came to: read again when another run is there, or one has ended. */
function useGlances(runs: readonly Run[] | null): Glances {
  const [glances, setGlances] = useState<Glances>({});
  const which = (runs ?? []).map((one) => `${one.id} ${one.status}`).join();
  useEffect(() => {
    let over = false;
    if (which) ask<Glances>(`/api/runs/glances?limit=${LISTED}`).then((all) => { if (!over) setGlances(all); }, () => undefined); // without them the list is what it was
    return () => { over = true; };
  }, [which]);
  return glances;
}
