/** The same question in other words: as a request, a command, and Python. */
import type { Doc, Json, Schemas } from "../api";
import { kindName } from "../form/spec";
import type { Asked } from "./panel";

type Form = Schemas["StudyForm"];

/** How to ask for what a panel shows without the page. */
export interface Elsewhere {
  ways: readonly (readonly [string, string])[]; // "API call" and what it is
  result: { address: string; file: string } | null; // where its JSON is
}

/** What a study was asked. */
export function studyElsewhere({ form, document, run }: Asked): Elsewhere {
  return {
    ways: [["API call", asRequest(form, document, location.origin)], ["Command", asCommand(form, document)], ["Python", asPython(form, document)]],
    result: run ? { address: `/api/runs/${run}/result`, file: `${form.kind}.json` } : null,
  };
}

/** Two runs of one study, one after the other. */
export function runsElsewhere(form: Form, runs: readonly Ran[]): Elsewhere {
  const each = (write: (one: Ran) => string): string => runs.map(write).join("\n");
  const named = runs.map((one, n) => `${ORDINALS[n]!} = ${inPython(form, one.document)}`);
  return {
    ways: [
      ["API call", each((one) => `curl -s ${location.origin}/api/runs/${one.id}/result`)],
      ["Command", each((one) => `forefolio runs show ${one.id}`)],
      ["Python", `import forefolio as ff\n\n${named.join("\n")}\nprint(${ORDINALS.slice(0, runs.length).join(", ")})`],
    ],
    result: null,
  };
}

/** How runs that are held beside each other are called. */
export const ORDINALS = ["first", "second", "third", "fourth", "fifth"] as const;

interface Ran {
  id: string;
  document: Doc;
}

/** What the service has kept, and is read there. */
export function keptElsewhere(path: string, command: string, python = ""): Elsewhere {
  const call = `curl -s ${quoted(`${location.origin}${path}`)}`;
  return {
    ways: [["API call", call], ["Command", command], ...(python ? [["Python", `import forefolio as ff\n\nprint(${python})`] as const] : [])],
    result: { address: path, file: `${path.split("?")[0]!.split("/").at(-1)!}.json` },
  };
}

export const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export function asRequest(form: Form, document: Doc, origin: string): string {
  return `curl -s ${origin}/api/${form.path} -H 'Content-Type: application/json' \\\n  -d ${quoted(JSON.stringify(document))}`;
}

/** A command; settings that no word can say go into a study file, which is said first. */
export function asCommand(form: Form, document: Doc): string {
  const parts = [`forefolio ${form.command}`];
  const rest: Doc = {};
  for (const setting of form.settings) {
    const value = document[setting.name];
    if (value === undefined) continue;
    const said = inWords(value);
    if (said === null) rest[setting.name] = value;
    else if (typeof value === "boolean") parts.push(switched(setting, value));
    else if (setting.positional) parts.push(quoted(said.replaceAll(",", " ")));
    else if (setting.several && Array.isArray(value)) parts.push(...value.map((one) => `${setting.flag} ${quoted(String(one))}`));
    else parts.push(`${setting.flag} ${quoted(said)}`);
  }
  const command = parts.filter(Boolean).join(" ");
  if (Object.keys(rest).length === 0) return command;
  return withFile(command, rest);
}

/** A command whose settings stand in a file. */
export const withFile = (command: string, document: Doc): string =>
  `cat > study.json <<'END'\n${JSON.stringify(document)}\nEND\n${command} --study study.json`;

/** A switch is named for what it changes: --no-ml turns learning off, --explain turns reasons on. */
function switched(setting: Schemas["FormSetting"], on: boolean): string {
  const usual = setting.spec["default"] === true;
  return on === usual ? "" : setting.flag;
}

function inWords(value: Json): string | null {
  if (value === null) return null;
  if (Array.isArray(value)) return value.every((one) => typeof one !== "object") ? value.join(",") : null;
  if (typeof value !== "object") return String(value);
  if (Object.keys(value).length === 1 && "kind" in value) return kindName(value);
  const flat = Object.values(value).every((one) => typeof one === "number");
  return flat && !("kind" in value) ? Object.entries(value).map(([name, one]) => `${name}=${one}`).join(",") : null;
}

export const asPython = (form: Form, document: Doc): string => `import forefolio as ff\n\nresult = ${inPython(form, document)}\nprint(result)`;

function inPython(form: Form, document: Doc): string {
  const said = Object.entries(document).map(([name, value]) => `    ${name}=${literal(value)},\n`);
  const inner = said.length ? `\n${said.join("")}` : "";
  return `ff.ask(ff.${form.name}(${inner}))`;
}

function literal(value: Json): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${literal(v)}`).join(", ")}}`;
  return JSON.stringify(value);
}
