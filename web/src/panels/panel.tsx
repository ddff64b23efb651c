/** A panel: a title, what it shows, and the same as a table, a file and a question to ask again. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Doc, Schemas } from "../api";
import { type Elsewhere, studyElsewhere } from "./asked";
import { CopyAs } from "./copy";
import { save, savePng, saveSvg } from "./files";
import { csvOf, type Sheet, SheetTable } from "./sheet";
import { useAlone } from "./standing";

/** What was asked, so that every panel can say how to ask it elsewhere. */
export interface Asked {
  form: Schemas["StudyForm"];
  document: Doc;
  run: string | null;
}

interface Props {
  title: string;
  name?: string; // of files
  sheet?: Sheet | undefined;
  picture?: boolean; // whether it has a chart of its own that can be saved
  tabular?: boolean; // whether what it shows is a table already
  format?: ((value: number, column: number) => string) | undefined;
  asked?: Asked | undefined;
  elsewhere?: Elsewhere | undefined; // for what is no answer to a study
  note?: ComponentChildren;
  tools?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Panel(props: Props) {
  const { title, sheet, asked } = props;
  const kept = useAlone() === null; // whether it can be saved from here, and asked again
  const elsewhere = kept && (props.elsewhere ?? (asked && studyElsewhere(asked)));
  const name = props.name ?? title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const [table, setTable] = useState(false);
  const box = useRef<HTMLElement>(null);
  const picture = async (keep: (name: string, address: string) => unknown): Promise<void> => {
    const { pictureOf } = await import("../charts/chart");
    const address = box.current && pictureOf(box.current);
    if (address) await keep(name, address);
  };
  return (
    <section class={`card ${props.class ?? ""}`} ref={box} aria-label={title}
      onKeyDown={(e) => { if (e.key === "t" && sheet && !props.tabular && !(e.target as Element).matches("input, textarea, select")) setTable(!table); }}>
      <header>
        <h2>{title}</h2>
        <div class="tools">
          {props.tools}
          {sheet && !props.tabular && <button type="button" aria-pressed={table} onClick={() => setTable(!table)}>{table ? "Picture" : "Table"}</button>}
          {kept && sheet && <button type="button" onClick={() => save(`${name}.csv`, csvOf(sheet), "text/csv")}>CSV</button>}
          {kept && props.picture && !table && <button type="button" onClick={() => void picture(saveSvg)}>SVG</button>}
          {kept && props.picture && !table && <button type="button" onClick={() => void picture(savePng)}>PNG</button>}
          {elsewhere && <CopyAs elsewhere={elsewhere} />}
        </div>
      </header>
      {table && sheet ? <SheetTable sheet={sheet} label={title} {...(props.format ? { format: props.format } : {})} /> : props.children}
      {props.note && <p class="foot">{props.note}</p>}
    </section>
  );
}
