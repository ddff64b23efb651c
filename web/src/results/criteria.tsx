/** Criteria: what is asked, what was measured with its interval, and what needs no skill. */
import type { Schemas } from "../api";
import { compact, count, listed, type Maybe, percent, ratio, words } from "../format";
import { Interval, type Mark, rangeOf } from "../panels/interval";
import { type Judgement, Judged, type Tone } from "../panels/judged";
import { Panel } from "../panels/panel";
import type { ResultProps } from ".";

type Criterion = Schemas["Criterion"];

const MARKS: Record<Criterion["mark"], readonly [string, Tone]> = {
  met: ["met", "ok"], not_met: ["not met", "bad"], not_decided: ["not decided", "warn"],
};
const IN_PER_CENT = new Set(["accuracy", "hit_rate", "drawdown"]);

export function CriteriaView({ run, asked }: ResultProps) {
  const { criteria } = run.result as Schemas["StrategyCriteria"];
  const rows = criteria.map(judged);
  const sheet = {
    columns: ["Criterion", "Mark", "Asked", "Measured", "Low", "High", "Without skill", "By"],
    rows: criteria.map((one) => [one.code, one.mark, one.threshold, one.value, one.low, one.high, one.baseline_value, one.baseline] as (string | number | null)[]),
  };
  const naive = [...new Set(criteria.map((one) => one.baseline).filter(Boolean))];
  return (
    <Panel title="What is asked" name="criteria" asked={asked} sheet={sheet} format={(x) => ratio(x, 4)}
      note={`Dot: measured out of sample. Bar: its 90\u202f% interval. Thick line: what is asked. Dotted line: what needs no skill${naive.length ? ` (${listed(naive)})` : ""}. Met is only what beats both.`}>
      <Judged rows={rows} label="Criteria" />
    </Panel>
  );
}

function judged(one: Criterion): Judgement {
  const [mark, tone] = MARKS[one.mark];
  const write = writerOf(one.code);
  const marks: Mark[] = [{ at: one.threshold, kind: "asked", title: `asked: ${write(one.threshold)}` }];
  if (one.baseline) marks.push({ at: one.baseline_value, kind: "naive", title: `${one.baseline}: ${write(one.baseline_value)}` });
  const range = rangeOf([one.low, one.high, one.value, one.threshold, one.baseline_value]);
  const years = typeof one.years_needed === "number" && one.mark !== "met" ? `; about ${count(one.years_needed)} years would show such a lead` : "";
  return {
    name: one.code, tone, mark, about: words(one.asked), why: `${words(one.why)}${years}.`,
    picture: typeof one.value === "number" ? <Interval low={one.low} high={one.high} value={one.value} range={range} marks={marks} /> : null,
    numbers: [
      ["measured", write(one.value)], ["interval", typeof one.low === "number" ? `${write(one.low)} to ${write(one.high)}` : "n/a"],
      ...(one.baseline ? [[one.baseline, write(one.baseline_value)] as const] : []),
    ],
  };
}

function writerOf(code: string): (x: Maybe) => string {
  if (code === "capacity") return compact;
  return IN_PER_CENT.has(code) ? (x) => percent(x) : (x) => ratio(x);
}
