/** A form made from what the service says of a study, and from nothing else. */
import type { ComponentChildren } from "preact";
import type { Doc, Json, Schemas } from "../api";
import { words } from "../format";
import { Field } from "./fields";
import { SectorCaps } from "./rows_field";
import { useSectors } from "./sectors";
import { SourceField } from "./source";
import type { Defs, Spec } from "./spec";
import { Tickers } from "./tickers";

type Setting = Schemas["FormSetting"];

interface Props {
  form: Schemas["StudyForm"];
  value: Doc;
  tickers: readonly string[];
  onChange: (value: Doc) => void;
  onWrong: (name: string, wrong: string) => void;
}

const FIRST = ["source", "tickers"]; // what a question is about comes before how it is asked
const FEW = 3; // settings of a shared part that are shown without a click

interface Group {
  title: string; // none: shown at once
  settings: readonly Setting[];
}

/** The settings in the order of a conversation: about what, the question's own, then what it shares with others. */
export function groups(settings: readonly Setting[]): Group[] {
  const about = FIRST.flatMap((name) => settings.filter((one) => one.name === name));
  const left = settings.filter((one) => !one.rare && !about.includes(one));
  const shared = [...new Set(left.map((one) => one.within))].filter(Boolean);
  const parts = shared.map((within) => ({ title: words(within), settings: left.filter((one) => one.within === within) }));
  const rare = settings.filter((one) => one.rare && !about.includes(one));
  return [
    { title: "", settings: about },
    ...parts.filter((one) => one.settings.length < FEW).map((one) => ({ ...one, title: "" })),
    { title: "", settings: left.filter((one) => !one.within) },
    ...parts.filter((one) => one.settings.length >= FEW),
    { title: "More settings", settings: rare },
  ].filter((one) => one.settings.length > 0);
}

export function StudyForm(props: Props) {
  return <>{groups(props.form.settings).map((one) => <GroupFields key={one.title + one.settings[0]!.name} {...props} group={one} />)}</>;
}

function GroupFields({ group, ...props }: Props & { group: Group }) {
  const fields = group.settings.map((one) => <SettingField key={one.name} {...props} setting={one} />);
  if (!group.title) return <>{fields}</>;
  const said = group.settings.some((one) => one.name in props.value);
  return (
    <details class="fold" {...(said ? { open: true } : {})}>
      <summary>{group.title} <span class="count">{fields.length}</span></summary>
      <div class="fields">{fields}</div>
    </details>
  );
}

function SettingField({ form, value, tickers, onChange, onWrong, setting }: Props & { setting: Setting }) {
  const said = value[setting.name];
  const change = (next: Json | undefined): void => {
    const document = { ...value };
    if (next === undefined) delete document[setting.name];
    else document[setting.name] = next;
    onChange(document);
  };
  const about = { title: words(setting.name), about: setting.about };
  return <div class="setting" data-setting={setting.name}>{control()}</div>;

  function control() {
    if (setting.name === "tickers") return <Tickers {...about} all={tickers} value={(said as string[] | undefined) ?? []} onChange={change} />;
    if (setting.name === "source") return <SourceField {...about} value={said} onChange={change} />;
    if (setting.name === "constraints" && setting.spec["type"] === "array") return <Constraints lines={(said as string[] | undefined) ?? []} document={value} onChange={change}>{field()}</Constraints>;
    return field();
  }

  function field() {
    return <Field {...about} name={setting.name} spec={setting.spec as Spec} defs={form.defs as Defs} value={said} onChange={change} onWrong={onWrong} />;
  }
}

/** Constraints in words, and those of them that cap a sector as a table. */
function Constraints({ lines, document, onChange, children }: { lines: readonly string[]; document: Doc; onChange: (value: Json | undefined) => void; children: ComponentChildren }) {
  const sectors = useSectors(document);
  return <>{children}<SectorCaps lines={lines} sectors={sectors} onChange={(next) => onChange(next.length ? next : undefined)} /></>;
}
