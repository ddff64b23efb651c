/** What a run came to: pictures where somebody has drawn some, and for any study its own words and tables. */
import type { Doc, Schemas } from "../api";
import { PageBlocks, Remarks, Summary } from "../panels/blocks";
import { useCapital } from "../panels/capital";
import { save } from "../panels/files";
import { studyElsewhere } from "../panels/asked";
import { CopyAs } from "../panels/copy";
import type { Asked } from "../panels/panel";
import { csvOf } from "../panels/sheet";
import type { Following } from "../run";
import { SamePortfolio } from "./next";
import { hasTables, LIVE, PICTURES, SO_FAR } from "./kinds";

export interface ResultProps {
  run: Following;
  asked: Asked;
  document: Doc;
  change: (document: Doc) => void;
  hash: string;
}

export function ResultOf(props: ResultProps & { kind: string }) {
  const { kind, run, asked } = props;
  const Live = LIVE[kind];
  const Pictures = run.result ? PICTURES[kind] : undefined;
  const SoFar = !run.result && run.fan.length + run.curves.length > 0 ? SO_FAR[kind] : undefined;
  const remarks = (run.result as { remarks?: Schemas["Remark"][] } | null)?.remarks ?? [];
  return (
    <>
      {Live && <Live {...props} />}
      {SoFar && <SoFar {...props} />}
      {run.page && !Live && <Summary page={run.page} />}
      {Pictures && <Pictures {...props} />}
      {run.page && ABOUT.has(kind) && <SamePortfolio kind={kind} {...portfolioOf(asked.document, run)} />}
      {run.page && <PageBlocks page={run.page} asked={asked} main={hasTables(kind)} />}
      {run.page && <Keep page={run.page} asked={asked} />}
      <Remarks remarks={remarks} />
    </>
  );
}

/** Kinds that ask about a portfolio, which is that of a run or weights of one's own. */
const ABOUT = new Set(["stress", "simulation", "risk", "orders"]);

function portfolioOf(document: Doc, run: Following): { run: string | null; weights: Record<string, number> | null } {
  const settled = run.snapshot?.study as { holding?: Doc } | undefined; // with the whole id of its run
  const own = document["weights"];
  const weights = own && typeof own === "object" && !Array.isArray(own) ? own as Record<string, number> : null;
  return { run: weights ? null : String(settled?.holding?.["run"] ?? "") || null, weights };
}

/** Everything to take away: the answer as a table, as a document, as a report, as a question. */
function Keep({ page, asked }: { page: Schemas["ShownPage"]; asked: Asked }) {
  const { kind } = asked.form;
  const { sheet } = page;
  const [capital] = useCapital();
  return (
    <section class="card keep" aria-label="Keep it">
      <header><h2>Keep it</h2>
        <div class="tools">
          {sheet && <button type="button" onClick={() => save(`${kind}.csv`, csvOf(sheet), "text/csv")}>CSV</button>}
          {asked.run && <a class="tool" href={`/api/runs/${asked.run}/result`} download={`${kind}.json`}>JSON</a>}
          {asked.run && <a class="tool use" href={`/api/runs/${asked.run}/report?capital=${capital}`} target="_blank">HTML report</a>}
          <CopyAs elsewhere={studyElsewhere(asked)} />
        </div>
      </header>
    </section>
  );
}
