/** The sectors of what a form is about: those of the sample are known, of other prices they are typed. */
import { useEffect, useState } from "preact/hooks";
import { type Doc, once, type Schemas } from "../api";

export function useSectors(document: Doc): string[] {
  const [known, setKnown] = useState<Record<string, string>>({});
  const sample = document["source"] === undefined;
  useEffect(() => {
    if (sample) once<Schemas["SampleTickers"]>("/api/data/sample").then((one) => setKnown(one.sectors), () => setKnown({}));
    else setKnown({});
  }, [sample]);
  const chosen = (document["tickers"] as string[] | undefined) ?? Object.keys(known);
  return [...new Set(chosen.flatMap((one) => known[one] ?? []))].sort();
}
