/** A saved portfolio is called otherwise, gets tags, is copied, asked again or taken along. */
import { useId, useState } from "preact/hooks";
import { ask, type Doc, once, post, type Schemas, start } from "../api";
import { fromStudy } from "../form/address";
import { go } from "../router";
import { runAddress } from "../routes";
import { freeName, type Saved } from "./kept";

interface Props {
  one: Saved;
  taken: readonly string[]; // names
  onDone: (message: string, name: string) => void;
  onProblem: (message: string) => void;
}

export function EditKept({ one, taken, onDone, onProblem }: Props) {
  const id = useId();
  const [name, setName] = useState(one.name);
  const [note, setNote] = useState(one.note);
  const path = `/api/portfolios/${encodeURIComponent(one.name)}`;
  const tried = async (work: () => Promise<void>): Promise<void> => {
    onProblem("");
    await work().catch((error: Error) => onProblem(error.message));
  };
  const keep = (e: Event): void => {
    e.preventDefault();
    void tried(async () => {
      const headers = { "Content-Type": "application/json" };
      const kept = await ask<Saved>(path, { method: "PATCH", headers, body: JSON.stringify({ note, ...(name.trim() === one.name ? {} : { name }) }) });
      onDone(`${kept.name} is kept.`, kept.name);
    });
  };
  const copy = (): Promise<void> => tried(async () => {
    const copied = await post<Saved>(`${path}/copy`, { name: freeName(one.name, taken) });
    onDone(`${copied.name} is a copy of ${one.name}.`, one.name);
  });
  const kind = (one.params as Doc)["kind"];
  return (
    <form class="edit-kept" aria-label={`Change ${one.name}`} onSubmit={keep}>
      <div class="field"><label for={`${id}-name`}>Name</label><input id={`${id}-name`} required maxLength={80} value={name} onInput={(e) => setName(e.currentTarget.value)} /></div>
      <div class="field"><label for={`${id}-note`}>Note and #tags</label><input id={`${id}-note`} maxLength={2000} placeholder="what it is for, #income #core" value={note} onInput={(e) => setNote(e.currentTarget.value)} /></div>
      <div class="next-links">
        <button class="primary">Keep</button>
        <button type="button" class="plain" onClick={() => void copy()}>Duplicate</button>
        {typeof kind === "string" && <button type="button" class="plain" onClick={() => void tried(() => again(kind, one.params as Doc))}>Ask again on newer prices</button>}
        <a class="plain button" href={`/api/exports/portfolios.csv?${new URLSearchParams({ name: one.name }).toString()}`} download>CSV</a>
        <a class="plain button" href={`/api/exports/portfolios.json?${new URLSearchParams({ name: one.name }).toString()}`} download>JSON</a>
      </div>
    </form>
  );
}

/** The same question, to the last session that there is: on the same prices that is the same run. */
export async function again(kind: string, study: Doc): Promise<void> {
  const form = await once<Schemas["StudyForm"]>(`/api/studies/${kind}`);
  const { end: _, ...document } = fromStudy(study, form);
  const run = await start(form.path, document);
  go(runAddress(kind, run));
}
