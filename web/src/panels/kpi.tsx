/** A number that matters, with its name and one line of what to hold it against. */
import { Term } from "./tips";

export function Kpi({ word, value, note, title }: { word: string; value: string; note?: string; title?: string }) {
  return (
    <div class="kpi">
      <span class="word">{title ? <Term word={word} means={title} /> : word}</span>
      <span class="value">{value}</span>
      {note && <span class="note">{note}</span>}
    </div>
  );
}
