/** One control for each type of setting; each says its unit and what may be typed. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Doc, Json } from "../api";
import { words } from "../format";
import { Help } from "./help";
import { columnsOf } from "./legs";
import { RowsField } from "./rows_field";
import {
  asWords, type Control, controlOf, type Defs, inPercent, kindName, resolved, type Spec, suffix, typed, written, wrongNumber,
} from "./spec";

export interface FieldProps {
  name: string; // as it is called in the document, with the kind that it is a setting of
  title: string;
  about: string;
  spec: Spec;
  defs: Defs;
  value: Json | undefined; // what was said, if anything was
  onChange: (value: Json | undefined) => void; // undefined: as usual
  onWrong: (name: string, wrong: string) => void;
}

export function Field(props: FieldProps) {
  const control = controlOf(props.spec, props.defs);
  switch (control.as) {
    case "number":
      return <NumberField {...props} control={control} />;
    case "switch":
      return <SwitchField {...props} />;
    case "choice":
      return <ChoiceField {...props} control={control} />;
    case "kind":
      return <KindField {...props} control={control} />;
    case "numbers":
      return <NumbersField {...props} items={control.spec} />;
    case "lines":
      return <LinesField {...props} />;
    case "file":
      return <FileField {...props} ends={control.ends} />;
    case "rows": {
      const columns = columnsOf(control.of, props.defs);
      return columns ? <RowsField {...props} kind={control.kind} columns={columns} value={props.value ?? usualOf(props)} /> : <DocumentField {...props} />;
    }
    case "document":
      return <DocumentField {...props} />;
    default:
      return <TextField {...props} type={control.as === "date" ? "date" : "text"} number={control.as === "words" ? control.number : null} />;
  }
}

const usualOf = (props: FieldProps): Json | undefined => resolved(props.spec, props.defs).default;

/** A label, a control, and one line of help, which gives way to what is wrong. */
export function Labelled(props: { id: string; title: string; about: string; wrong?: string; children: ComponentChildren }) {
  const { id, title, about, wrong = "" } = props;
  return (
    <div class={wrong ? "field wrong" : "field"}>
      <label for={id}>{title}</label>
      {props.children}
      <p class={wrong ? "hint bad" : "hint"} id={`${id}-help`}>{wrong || <Help text={about} />}</p>
    </div>
  );
}

const described = (id: string, wrong = ""): Record<string, string> =>
  ({ "aria-describedby": `${id}-help`, ...(wrong ? { "aria-invalid": "true" } : {}) });

/** What is wrong is known before the next key is pressed: Ctrl+Enter is faster than an effect. */
function useWrong({ name, onWrong }: FieldProps, wrong: string): void {
  useLayoutEffect(() => {
    onWrong(name, wrong);
    return () => onWrong(name, "");
  }, [name, wrong]);
}

/** A text being typed, which follows the document when that changes elsewhere. */
function useText(shown: string): [string, (text: string) => void] {
  const [text, setText] = useState(shown);
  const typing = useRef(false); // what is being typed is written by the person, not by the document
  const was = useRef(shown);
  if (was.current !== shown) {
    was.current = shown;
    if (!typing.current) setText(shown);
    typing.current = false;
  }
  return [text, (next) => { typing.current = true; setText(next); }];
}

function NumberField(props: FieldProps & { control: Extract<Control, { as: "number" }> }) {
  const { spec, optional } = props.control;
  const id = useId();
  const value = props.value ?? usualOf(props);
  const [draft, setDraft] = useState<string | null>(null);
  const text = draft !== null && typed(draft, spec) === (value ?? null) ? draft : written(value, spec);
  const [bad, setBad] = useState<string | null>(null);
  const shown = bad ?? text;
  const wrong = bad === null ? "" : wrongNumber(typed(bad, spec), spec);
  useWrong(props, wrong);
  const type = (next: string): void => {
    const number = typed(next, spec);
    if (next.trim() === "" && optional) {
      setBad(null);
      setDraft(null);
      props.onChange(undefined);
    } else if (wrongNumber(number, spec)) setBad(next);
    else {
      setBad(null);
      setDraft(next);
      props.onChange(number ?? undefined);
    }
  };
  return (
    <Labelled id={id} title={props.title} about={props.about} wrong={wrong}>
      <div class="number">
        <input id={id} inputMode="decimal" autocomplete="off" value={shown} {...described(id, wrong)}
          onInput={(e) => type(e.currentTarget.value)} />
        <span class="unit">{suffix(spec)}</span>
      </div>
    </Labelled>
  );
}

function SwitchField(props: FieldProps) {
  const id = useId();
  const on = Boolean(props.value ?? usualOf(props));
  return (
    <div class="field switch">
      <input id={id} type="checkbox" checked={on} {...described(id)} onChange={(e) => props.onChange(e.currentTarget.checked)} />
      <label for={id}>{props.title}</label>
      <p class="hint" id={`${id}-help`}><Help text={props.about} /></p>
    </div>
  );
}

function ChoiceField(props: FieldProps & { control: Extract<Control, { as: "choice" }> }) {
  const id = useId();
  const value = String(props.value ?? usualOf(props) ?? "");
  return (
    <Labelled id={id} title={props.title} about={props.about}>
      <select id={id} value={value} {...described(id)} onChange={(e) => props.onChange(e.currentTarget.value || undefined)}>
        {props.control.optional && <option value="">as usual</option>}
        {props.control.choices.map((one) => <option key={one} value={one}>{words(one)}</option>)}
      </select>
    </Labelled>
  );
}

/** A text; where it may be a number as well, that is written in its own unit: "2%". */
function TextField(props: FieldProps & { type: "text" | "date"; number: Spec | null }) {
  const { number } = props;
  const id = useId();
  const value = props.value ?? usualOf(props);
  const shown = number && typeof value === "number" ? `${written(value, number)}${inPercent(number) ? "%" : ""}` : asWords(value);
  const [text, setText] = useText(shown);
  const say = (next: string): void => {
    const read = number && typed(next, number);
    setText(next);
    props.onChange(next.trim() === "" ? undefined : (read ?? next));
  };
  return (
    <Labelled id={id} title={props.title} about={props.about}>
      {props.type === "date"
        ? <input id={id} type="date" value={text} {...described(id)} onInput={(e) => say(e.currentTarget.value)} />
        : <input id={id} value={text} autocomplete="off" spellcheck={false} {...described(id)} onInput={(e) => say(e.currentTarget.value)} />}
    </Labelled>
  );
}

/** The text of a file that is chosen; it is read here, and sent when it is asked about. */
function FileField(props: FieldProps & { ends: string }) {
  const id = useId();
  const [name, setName] = useState("");
  const read = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    props.onChange(await file.text());
    setName(file.name);
  };
  return (
    <Labelled id={id} title={props.title} about={name ? `Read: ${name}` : "A file on this machine. It is sent to the service alone, and not kept."}>
      <input id={id} type="file" accept={props.ends} {...described(id)} onChange={(e) => void read(e.currentTarget.files?.[0])} />
    </Labelled>
  );
}

function LinesField(props: FieldProps) {
  const id = useId();
  const value = (props.value ?? usualOf(props) ?? []) as string[];
  const [text, setText] = useText(value.join("\n"));
  const say = (next: string): void => {
    setText(next);
    const lines = next.split("\n").map((line) => line.trim()).filter(Boolean);
    props.onChange(lines.length ? lines : undefined);
  };
  return (
    <Labelled id={id} title={props.title} about={props.about}>
      <textarea id={id} rows={Math.max(2, text.split("\n").length)} spellcheck={false} placeholder="one a line" value={text}
        {...described(id)} onInput={(e) => say(e.currentTarget.value)} />
    </Labelled>
  );
}

function NumbersField(props: FieldProps & { items: Spec }) {
  const id = useId();
  const { items } = props;
  const value = (props.value ?? usualOf(props) ?? []) as number[];
  const shown = value.map((one) => written(one, items)).join(", ");
  const [draft, setDraft] = useState<string | null>(null);
  const numbers = (text: string): (number | null)[] => text.split(/[,;\s]+/).filter(Boolean).map((one) => typed(one, items));
  const wrong = draft === null ? "" : (numbers(draft).map((one) => wrongNumber(one, items)).find(Boolean) ?? "");
  useWrong(props, wrong);
  const say = (next: string): void => {
    const read = numbers(next);
    setDraft(next);
    if (!read.some((one) => wrongNumber(one, items))) props.onChange(read.length ? (read as number[]) : undefined);
  };
  return (
    <Labelled id={id} title={props.title} about={props.about} wrong={wrong}>
      <div class="number wide">
        <input id={id} value={draft ?? shown} autocomplete="off" {...described(id, wrong)}
          onInput={(e) => say(e.currentTarget.value)} onBlur={() => { if (!wrong) setDraft(null); }} />
        <span class="unit">{inPercent(items) ? "%" : suffix(items)}</span>
      </div>
    </Labelled>
  );
}

function DocumentField(props: FieldProps) {
  const id = useId();
  const value = props.value ?? usualOf(props);
  const [text, setText] = useText(value === undefined || value === null ? "" : JSON.stringify(value, null, 1));
  const wrong = readable(text) ? "" : "This is no JSON.";
  useWrong(props, wrong);
  const say = (next: string): void => {
    setText(next);
    if (next.trim() === "") props.onChange(undefined);
    else if (readable(next)) props.onChange(JSON.parse(next) as Json);
  };
  return (
    <Labelled id={id} title={props.title} about={`${props.about} As JSON.`} wrong={wrong}>
      <textarea id={id} class="code" rows={Math.min(10, text.split("\n").length + 1)} spellcheck={false} value={text}
        {...described(id, wrong)} onInput={(e) => say(e.currentTarget.value)} />
    </Labelled>
  );
}

function readable(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const firstLine = (text: string | undefined): string => (text ?? "").split("\n")[0] ?? "";

/** A kind from a list, and under it the settings of that kind. */
function KindField(props: FieldProps & { control: Extract<Control, { as: "kind" }> }) {
  const { control, defs, name, onChange } = props;
  const id = useId();
  const usual = usualOf(props);
  const value = props.value ?? usual;
  const kind = kindName(value);
  const chosen = control.kinds[kind];
  const said = (value && typeof value === "object" && !Array.isArray(value) ? value : {}) as Doc;
  const inner = Object.entries(chosen?.properties ?? {}).filter(([key]) => key !== "kind");
  const change = (key: string, next: Json | undefined): void => {
    const settings: Doc = { ...said, kind };
    if (next === undefined) delete settings[key];
    else settings[key] = next;
    onChange(settings);
  };
  return (
    <div class="field">
      <label for={id}>{props.title}</label>
      <select id={id} value={kind} {...described(id)} onChange={(e) => onChange(e.currentTarget.value || undefined)}>
        {(control.optional || usual === undefined || usual === null) && <option value="">as usual</option>}
        {Object.entries(control.kinds).map(([one, spec]) => <option key={one} value={one}>{spec.title ?? words(one)}</option>)}
      </select>
      <p class="hint" id={`${id}-help`}><Help text={firstLine(chosen?.description) || props.about} /></p>
      {chosen && inner.length > 0 && (
        <details class="fold inner">
          <summary>Settings of {chosen.title ?? words(kind)} <span class="count">{inner.length}</span></summary>
          <div class="fields">
            {inner.map(([key, spec]) => (
              <Field key={kind + key} name={`${name}.${key}`} title={words(key)} about={resolved(spec, defs).description ?? ""}
                spec={spec} defs={defs} value={said[key]} onChange={(next) => change(key, next)} onWrong={props.onWrong} />
            ))}
          </div>
        </details>
      )}
    </div>
  );
}
