/** Portfolios side by side: what each holds of each asset. */
import type { ComponentChildren } from "preact";
import { percent, points } from "../format";
import type { Elsewhere } from "./asked";
import { Panel } from "./panel";
import { LongTable } from "./rows";

export interface Holding {
  name: string;
  weights: Record<string, number>;
}

/** A row for each asset that any of them holds and one for cash, the most held first. */
export function sideBySide(all: readonly Holding[]): { name: string; weights: number[] }[] {
  const assets = [...new Set(all.flatMap((one) => Object.keys(one.weights)))];
  const rows = assets.map((name) => ({ name, weights: all.map((one) => one.weights[name] ?? 0) }));
  const cash = all.map((one) => 1 - Object.values(one.weights).reduce((sum, weight) => sum + weight, 0));
  const most = (one: { weights: number[] }): number => Math.max(...one.weights.map(Math.abs));
  return [...rows.sort((a, b) => most(b) - most(a)), { name: "Cash", weights: cash.map((one) => (Math.abs(one) < 1e-9 ? 0 : one)) }];
}

interface Props {
  title: string;
  all: readonly Holding[];
  elsewhere?: Elsewhere | undefined;
  note?: string | undefined;
  tools?: ComponentChildren;
}

export function SideBySide({ title, all, elsewhere, note, tools }: Props) {
  const rows = sideBySide(all);
  const two = all.length === 2;
  const apart = (one: (typeof rows)[number]): number => one.weights[1]! - one.weights[0]!;
  const names = [...all.map((one) => one.name), ...(two ? ["Difference"] : [])];
  const values = (one: (typeof rows)[number]): (string | number)[] => [one.name, ...one.weights, ...(two ? [apart(one)] : [])];
  const cells = (one: (typeof rows)[number]): string[] => [one.name, ...one.weights.map((weight) => percent(weight)), ...(two ? [points(apart(one))] : [])];
  return (
    <Panel title={title} name="side-by-side" elsewhere={elsewhere} sheet={{ columns: ["Asset", ...names], rows: rows.map(values) }} format={(x) => percent(x, 2)} note={note} tools={tools}>
      <LongTable label="Weights side by side" columns={[{ word: "Asset" }, ...names.map((word) => ({ word, class: "num" }))]} rows={rows} cells={cells} values={values}
        row={(one) => <tr key={one.name}>{cells(one).map((text, n) => (n === 0 ? <th key={n} scope="row">{text}</th> : <td key={n} class="num">{text}</td>))}</tr>} />
    </Panel>
  );
}
