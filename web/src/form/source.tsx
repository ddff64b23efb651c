/** Which prices: the sample, an uploaded file, or what the service has stored. */
import { useEffect, useId, useState } from "preact/hooks";
import { ask, type Json, type Schemas } from "../api";
import { kindName } from "./spec";

type Upload = Schemas["Upload"];

const OWN: Record<string, string> = {
  sample: "Bundled sample, 20 US shares",
  stored: "Prices stored here",
  synthetic: "Simulated prices, nothing to find",
};

export function uploadName(one: Upload): string {
  const named = one.tickers.slice(0, 3).join(", ");
  return `My file: ${named}${one.tickers.length > 3 ? ` and ${one.tickers.length - 3} more` : ""}, ${one.first} to ${one.last}`;
}

/** The uploads with what is in them; those that cannot be read any more are left out. */
export function useUploads(version = 0): Upload[] | null {
  const [uploads, setUploads] = useState<Upload[] | null>(null);
  useEffect(() => {
    let over = false;
    const read = async (): Promise<void> => {
      const { uploads: ids } = await ask<Schemas["Uploads"]>("/api/data");
      const each = await Promise.all(ids.slice(0, 12).map((id) => ask<Upload>(`/api/data/${id}`).catch(() => null)));
      if (!over) setUploads(each.filter((one) => one !== null));
    };
    read().catch(() => setUploads([]));
    return () => { over = true; };
  }, [version]);
  return uploads;
}

interface Props {
  title: string;
  about: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
}

export function SourceField({ title, about, value, onChange }: Props) {
  const id = useId();
  const uploads = useUploads() ?? [];
  const kind = kindName(value) || "sample";
  const file = value && typeof value === "object" && !Array.isArray(value) ? String(value["id"] ?? "") : "";
  const chosen = kind === "uploaded" ? file : kind;
  const choose = (word: string): void => {
    const upload = uploads.find((one) => one.id === word);
    onChange(upload ? { kind: "uploaded", id: upload.id, ...(upload.source.ticker ? { ticker: upload.source.ticker } : {}) } : word === "sample" ? undefined : word);
  };
  const known = chosen in OWN || uploads.some((one) => one.id === chosen);
  return (
    <div class="field">
      <label for={id}>{title === "Source" ? "Prices" : title}</label>
      <select id={id} value={chosen} aria-describedby={`${id}-help`} onChange={(e) => choose(e.currentTarget.value)}>
        {Object.entries(OWN).map(([word, text]) => <option key={word} value={word}>{text}</option>)}
        {uploads.map((one) => <option key={one.id} value={one.id}>{uploadName(one)}</option>)}
        {!known && <option value={chosen}>{kind === "uploaded" ? "An uploaded file" : kind}</option>}
      </select>
      <p class="hint" id={`${id}-help`}>{chosen === "sample" ? <><a href="/data">Upload a file</a> to use your own.</> : chosen in OWN || known ? "" : about}</p>
    </div>
  );
}
