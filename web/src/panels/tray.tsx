/** What is under way, on every page: each run with its place, a bar, and a way to stop it. */
import { useEffect, useId, useState } from "preact/hooks";
import { ask, cancel, type Schemas } from "../api";
import { words } from "../format";
import { runAddress } from "../routes";
import { underWay } from "../run";
import { useMenu } from "./menu";
import { stageWords } from "./status";

type Summary = Schemas["Summary"];
type Snapshot = Schemas["Snapshot"];

const LOOK = 4000; // milliseconds between looks at what runs
const CLOSER = 1500; // while it is looked at
const MOST = 6; // runs that are shown; the rest is counted

export function Tray() {
  const id = useId();
  const { open, setOpen, box } = useMenu();
  const [runs, setRuns] = useState<readonly Summary[]>([]);
  const [places, setPlaces] = useState<readonly Snapshot[]>([]);
  useEffect(() => {
    let over = false;
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      const under = (await ask<Summary[]>("/api/runs?limit=20")).filter(underWay);
      const seen = open ? await Promise.all(under.slice(0, MOST).map((one) => ask<Snapshot>(`/api/runs/${one.id}`))) : [];
      if (over) return;
      setRuns(under);
      setPlaces(seen.filter(underWay));
    };
    const again = (): void => { look().catch(() => undefined); }; // a line that is cut says nothing here: the page does
    again();
    const timer = setInterval(again, open ? CLOSER : LOOK);
    return () => { over = true; clearInterval(timer); };
  }, [open]);
  if (runs.length === 0) return null;
  return (
    <div class="menu" ref={box}>
      <button type="button" class="badge" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}><i class="spin" aria-hidden="true" /> {runs.length}<span class="wide"> running</span></button>
      <div id={id} class="tray" hidden={!open} role="group" aria-label="Under way">
        {places.map((one) => <Place key={one.id} one={one} leave={() => setOpen(false)} />)}
        {runs.length > MOST && <p class="muted small">and {runs.length - MOST} more</p>}
        <a href="/portfolios" class="small" onClick={() => setOpen(false)}>All runs</a>
      </div>
    </div>
  );
}

/** "Training models 3 of 60", or that it waits. */
export function placeOf({ status, stage, done, total }: Pick<Snapshot, "status" | "stage" | "done" | "total">): string {
  if (status === "waiting") return "Waiting for its turn";
  return `${stageWords(stage ?? "")}${total ? ` ${done ?? 0} of ${total}` : ""}`;
}

function Place({ one, leave }: { one: Snapshot; leave: () => void }) {
  const name = words(one.kind);
  return (
    <div class="under-way">
      <a href={runAddress(one.kind, one.id)} onClick={leave}>{name}</a>
      <button type="button" class="link small" aria-label={`Cancel ${name}`} onClick={() => void cancel(one.id)}>Cancel</button>
      <progress aria-label={`Progress of ${name}`} {...(one.total ? { max: one.total, value: one.done ?? 0 } : {})} />
      <span class="muted small">{placeOf(one)}</span>
    </div>
  );
}
