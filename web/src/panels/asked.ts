/** The same question in other words: as a request, a command, and Python. */
import type { Doc, Json, Schemas } from "../api";
import { kindName } from "../form/spec";

type Form = Schemas["StudyForm"];

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

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
  return `cat > study.json <<'END'\n${JSON.stringify(rest)}\nEND\n${command} --study study.json`;
}

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

export function asPython(form: Form, document: Doc): string {
  const said = Object.entries(document).map(([name, value]) => `    ${name}=${literal(value)},\n`);
  const inner = said.length ? `\n${said.join("")}` : "";
  return `import forefolio as ff\n\nresult = ff.ask(ff.${form.name}(${inner}))\nprint(result)`;
}

function literal(value: Json): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${literal(v)}`).join(", ")}}`;
  return JSON.stringify(value);
}
