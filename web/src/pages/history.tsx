/** Every run that was asked: opened, asked again on newer prices, compared with others of its kind, stopped. */
import { useEffect, useState } from "preact/hooks";
import { ask, cancel, type Doc, type Schemas } from "../api";
import { moment, seconds, words } from "../format";
import { keptElsewhere } from "../panels/asked";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import { go } from "../router";
import { pageOf } from "../routes";
import { again } from "./edit";

type Run = Schemas["Summary"];

const EVERY = 3000; // milliseconds between looks while something runs
const MOST = 5; // that are compared at once

const tone = (status: string): string => ({ done: "ok", failed: "bad", cancelled: "warn" })[status] ?? "info";
const under = (one: Run): boolean => tone(one.status) === "info";
const took = (one: Run): number | null => (one.status === "done" ? one.changed_at - one.created_at : null);
const values = (one: Run): (string | number | null)[] => [null, one.created_at, words(one.kind), one.status, took(one), null];
const cells = (one: Run): string[] => ["", moment(one.created_at), words(one.kind), `${words(one.status)} ${one.message}`, took(one) === null ? "" : seconds(took(one)!), ""];

/** Those in whose line every word of a text stands. */
export const matchingRuns = (runs: readonly Run[], text: string): Run[] => {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter((one) => wanted.every((word) => cells(one).join(" ").toLowerCase().includes(word)));
};

export function Runs({ text }: { text: string }) {
  const [chosen, setChosen] = useState<readonly Run[]>([]);
  const [runs, setRuns] = useState<Run[] | null>(null);
  const [problem, setProblem] = useState("");
  const read = (): void => { ask<Run[]>("/api/runs?limit=100").then(setRuns, () => undefined); };
  const live = runs?.some(under) ?? true;
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
  const shown = matchingRuns(runs ?? [], text);
  return (
    <Panel title="Runs" elsewhere={keptElsewhere("/api/runs?limit=100", "forefolio runs --limit 100")} note={older.length > 1 && !alike ? "These answer different questions: runs of one kind can be compared." : "The latest hundred. The same question on the same prices is the same run. Choose two to five of one kind to compare them."}
      tools={alike && <button type="button" class="use" onClick={() => go(`/compare?runs=${older.map((one) => one.id).join(",")}`)}>Compare the {older.length === 2 ? "two" : older.length}</button>}>
      {problem && <p class="problem" role="alert">{problem}</p>}
      {runs === null ? <div class="ghost short" /> : shown.length === 0 ? <p class="nothing">No run has “{text}”.</p> : (
        <LongTable label="Runs" rows={shown} cells={cells} values={values}
          columns={[{ word: "Compare", unseen: true }, { word: "Asked" }, { word: "Question" }, { word: "State" }, { word: "Took", class: "num wide" }, { word: "Actions", unseen: true }]}
          row={(one) => (
            <tr key={one.id}>
              <td>{one.status === "done" && <input type="checkbox" aria-label={`Compare ${words(one.kind)} of ${moment(one.created_at)}`} checked={chosen.some((each) => each.id === one.id)} onChange={() => toggle(one)} />}</td>
              <td class="when">{moment(one.created_at)}</td>
              <th scope="row"><a href={one.kind === "today" ? `/today/${one.id}` : `/${pageOf(one.kind)}/${one.id}`}>{words(one.kind)}</a></th>
              <td><span class={`state small ${tone(one.status)}`}>{words(one.status)}</span>{one.message && <span class="muted small"> {one.message}</span>}</td>
              <td class="num wide">{took(one) === null ? "" : seconds(took(one)!)}</td>
              <td class="num">{under(one) ? <button type="button" class="link" onClick={() => void cancel(one.id).then(read)}>Cancel</button> : <button type="button" class="link" title="The same question on the prices that there are now" onClick={() => askAgain(one)}>Again</button>}</td>
            </tr>
          )} />
      )}
    </Panel>
  );
}
