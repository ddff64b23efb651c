/** The panels that the page has for a kind of answer, of the numbers in the report. */
import { useState } from "preact/hooks";
import type { Doc, Schemas } from "../api";
import { Blocks } from "../panels/blocks";
import { Panel, type Asked } from "../panels/panel";
import { InAFile } from "../panels/standing";
import { Tips } from "../panels/tips";
import { hasTables, LIVE, PICTURES } from "../results/kinds";
import { NOTHING } from "../run";

/** What the report carries of an answer. */
export interface Answer {
  result: unknown;
  page: Schemas["ShownPage"] | null;
  capital: number;
}

const nobody = (kind: string): Asked => ({ form: { kind } as Schemas["StudyForm"], document: {}, run: null }); // a file asks nothing again

/** Whether the page has more for this kind than its tables. */
export const isSeen = (kind: string): boolean => Boolean(LIVE[kind] ?? PICTURES[kind]);

export function View({ kind, answer }: { kind: string; answer: Answer }) {
  const [document, change] = useState<Doc>({});
  const { result, page, capital } = answer;
  const Seen = (LIVE[kind] ?? PICTURES[kind])!;
  const main = page && hasTables(kind) ? page.main : [];
  return (
    <InAFile value={{ capital }}>
      <div class="results">
        <Seen run={{ ...NOTHING, result, page }} asked={nobody(kind)} document={document} change={change} hash="" />
        {main.length > 0 && <Panel title="In detail" tabular><Blocks blocks={main} /></Panel>}
      </div>
      <Tips />
    </InAFile>
  );
}
