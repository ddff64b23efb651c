/** What to do with weights: what they could lose, what to buy, how to keep them. */
import { useEffect, useState } from "preact/hooks";
import { ask, type Doc, type Json, post, type Schemas, start } from "../api";
import { toQuery } from "../form/address";
import { go } from "../router";
import { runAddress } from "../routes";
import { useAlone } from "../panels/standing";
import { dropText, keepText, keptText } from "../storage";

interface Props {
  run: string | null;
  weights: Record<string, number> | null; // if they are not those of the run
  source?: Json | undefined;
  name: string;
  exact?: Doc | null; // the question whose answer is this portfolio alone, with the reasons
}

const FURTHER: readonly [string, string, string][] = [
  ["stress", "stress", "What would 2008 have done to it?"],
  ["simulate", "simulation", "Where may it be in a year?"],
  ["risk", "risk", "How risky is it?"],
  ["orders", "orders", "What to buy"],
];

/** In a file there is nobody who could be asked. */
export const Next = (props: Props) => (useAlone() ? null : <Questions {...props} />);

function Questions({ run, weights, source, name, exact = null }: Props) {
  const [open, setOpen] = useState(false);
  const [label, setLabel] = useState("");
  const [said, setSaid] = useState("");
  const why = async (question: Doc): Promise<void> => {
    try {
      const id = await start("optimize/portfolio", question);
      go(`/portfolio/${id}?${toQuery(question)}`);
    } catch (problem) {
      setSaid((problem as Error).message);
    }
  };
  const keep = async (e: Event): Promise<void> => {
    e.preventDefault();
    const what = weights ? { weights: rounded(weights) } : { run };
    const done = await post("/api/portfolios", { name: label.trim(), ...what }).then(() => "Saved. It is among the portfolios.", (problem: Error) => problem.message);
    setSaid(done);
    setOpen(false);
  };
  return (
    <section class="card next" aria-label="What next">
      <header><h2>What next?</h2><span class="muted small">{name}</span></header>
      <div class="next-links">
        {exact && <button type="button" class="plain" onClick={() => void why(exact)}>Why these weights? With a report</button>}
        {FURTHER.map(([page, kind, word]) => <button key={page} type="button" class="plain" onClick={() => further(page, kind, run, weights, source)}>{word}</button>)}
        {!open && <button type="button" class="plain" onClick={() => setOpen(true)}>Save under a name</button>}
        {open && (
          <form class="save" onSubmit={(e) => void keep(e)}>
            <label class="unseen" for="save-name">Name</label>
            <input id="save-name" required maxLength={80} placeholder="A name, such as core" value={label} onInput={(e) => setLabel(e.currentTarget.value)} />
            <button class="primary">Save</button>
          </form>
        )}
      </div>
      <p class="foot" role="status">{said}</p>
    </section>
  );
}

/** An answer about a portfolio leads back to it, and on to the other questions about it. */
export function SamePortfolio({ kind, run, weights }: { kind: string; run: string | null; weights: Record<string, number> | null }) {
  const [at, setAt] = useState("");
  useEffect(() => {
    setAt("");
    if (run) ask<Schemas["Snapshot"]>(`/api/runs/${run}`).then((one) => setAt(runAddress(one.kind, one.id)), () => undefined);
  }, [run]);
  return (
    <section class="card next" aria-label="The same portfolio">
      <header><h2>The same portfolio</h2></header>
      <div class="next-links">
        {at && <a class="plain button" href={at}>Back to it, and its report</a>}
        {FURTHER.filter(([, one]) => one !== kind).map(([page, one, word]) => <button key={page} type="button" class="plain" onClick={() => further(page, one, run, weights)}>{word}</button>)}
      </div>
    </section>
  );
}

/** Go to another question about a portfolio: a run is named in the address, weights stay in this window. */
function further(page: string, kind: string, run: string | null, weights: Record<string, number> | null, source?: Json): void {
  const mine = `${kind} of mine`;
  if (weights) keepText(sessionStorage, mine, JSON.stringify({ ...JSON.parse(keptText(sessionStorage, mine) ?? "{}"), weights: rounded(weights) }));
  else dropText(sessionStorage, mine);
  const query = new URLSearchParams(weights || !run ? {} : { run });
  if (weights && source !== undefined) query.set("source", typeof source === "string" ? source : JSON.stringify(source));
  go(`/${page}${query.size ? `?${query.toString()}` : ""}`);
}

/** Weights are sent to the last digit that matters; what is smaller is nothing. */
function rounded(weights: Record<string, number>): Record<string, number> {
  const pairs = Object.entries(weights).map(([name, w]) => [name, Number(w.toFixed(6))] as const);
  return Object.fromEntries(pairs.filter(([, w]) => w !== 0));
}
