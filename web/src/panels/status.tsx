/** How a run stands, in words: running, done, failed, cancelled; and whether the line is cut. */
import { cancel, type Mend, type Schemas } from "../api";
import { seconds, words } from "../format";
import { ended, type Following, left, running } from "../run";
import { basisOf } from "./source";

const STAGES: Record<string, string> = {
  data: "Reading prices", forecast: "Training models", training: "Training models", evidence: "Checking forecasts",
  frontier: "Calculating portfolios", band: "Drawing other pasts", portfolio: "Choosing the portfolio", risk: "Measuring risk", simulation: "Simulating paths",
  stress: "Stressing", comparison: "Comparing models", importance: "Asking what models rest on", signals: "Deciding on positions", criteria: "Judging the record", orders: "Counting shares", backtest: "Following the strategy",
};

export function stageWords(stage: string): string {
  return STAGES[stage] ?? (stage ? words(stage) : "Starting");
}

/** "(13/25) Optimise": a tab in the background says how far it is. */
export function titleOf(page: string, run: Following): string {
  const { done, total } = run.snapshot ?? {};
  return running(run) && total ? `(${done}/${total}) ${page} · Forefolio` : `${page} · Forefolio`;
}

export function StatusBar({ run, stale, onRun }: { run: Following; stale: boolean; onRun?: () => void }) {
  const now = run.snapshot;
  if (!now) return run.reconnecting ? <div class="statusbar"><span class="state warn">Connection lost, trying again</span></div> : null;
  const said = chip(run);
  const basis = basisOf((run.result as { data?: Schemas["DataFacts"] } | null)?.data, new Date());
  const tenth = now.total ? Math.floor((10 * (now.done ?? 0)) / now.total) * 10 : 0;
  return (
    <div class="statusbar">
      <span class={`state ${said.tone}`}>{running(run) && <i class="spin" aria-hidden="true" />}{said.text}</span>
      {run.reconnecting && <span class="state warn">Connection lost, trying again</span>}
      {basis && <span class={`state basis ${basis.tone}`}>{basis.text}</span>}
      {stale && ended(run) && <button type="button" class="state warn" onClick={onRun}>Settings changed: run again</button>}
      {running(run) && <button type="button" class="plain small" onClick={() => void cancel(now.id)}>Cancel <kbd>Esc</kbd></button>}
      {running(run) && <progress aria-label="Progress" {...(now.total ? { max: now.total, value: now.done ?? 0 } : {})} />}
      <span class="unseen" role="status">{running(run) ? `${stageWords(now.stage ?? "")}, ${tenth} per cent` : said.text}</span>
    </div>
  );
}

function chip(run: Following): { tone: string; text: string } {
  const now = run.snapshot!;
  const rest = left(run);
  const place = now.total ? ` ${now.done ?? 0} of ${now.total}` : "";
  switch (now.status) {
    case "done":
      return { tone: "ok", text: `Done in ${seconds(Math.max(0, now.changed_at - now.created_at))}` };
    case "failed":
      return { tone: "bad", text: "Failed" };
    case "cancelled":
      return { tone: "warn", text: `Cancelled${place ? ` at${place}` : ""}${run.points.length || run.fan.length || run.curves.length ? ": what is shown is partial" : ""}` };
    case "running":
      return { tone: "info", text: `${stageWords(now.stage ?? "")}${place}${rest === null ? "" : `, about ${seconds(Math.ceil(rest))} left`}` };
    default:
      return { tone: "info", text: "Waiting for its turn" };
  }
}

interface FailedProps {
  message: string;
  mends: readonly Mend[];
  run: string; // by which the log of the service names it
  onMend: (mend: Mend) => void;
  onRun: () => void;
}

/** What failed, why, and what to do; limits that contradict each other are mended by one click. */
export function Failed({ message, mends, run, onMend, onRun }: FailedProps) {
  return (
    <section class="card problem-card" role="alert">
      <h2>This could not be done</h2>
      <p>{message}</p>
      {mends.length > 0 && (
        <div class="mends">
          {mends.map((one, n) => {
            const next = mended(one);
            return next
              ? <button key={n} type="button" class="plain" onClick={() => onMend(one)}>Change <b>{one.constraint}</b> to <b>{next}</b></button>
              : <p key={n}>{one.sentence}</p>;
          })}
        </div>
      )}
      <p class="small muted">The settings are kept: change what it says, and run again. In the log of the service it is run {run}.</p>
      <p><button type="button" class="plain" onClick={onRun}>Run again</button></p>
    </section>
  );
}

const LEVEL = /-?\d+(\.\d+)?\s*%?(?!.*\d)/; // the last number of a constraint

/** The constraint with the level that it needs: "w <= 10%" and 0.25 is "w <= 25%"; nothing if that cannot be said. */
export function mended({ constraint, limit, needed, unit }: Mend): string {
  if (limit === null || needed === null || !LEVEL.test(constraint)) return "";
  const outward = needed > limit ? Math.ceil : Math.floor;
  const level = unit.startsWith("fraction") ? `${outward(needed * 1000 - Math.sign(needed - limit) * 1e-6) / 10}%` : String(needed);
  return constraint.replace(LEVEL, level);
}

export const failureOf = (run: Following): Schemas["Failure"] | null =>
  run.snapshot?.status === "failed" ? (run.snapshot.error ?? null) : null;
