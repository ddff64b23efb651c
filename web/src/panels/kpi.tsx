/** A number that matters, with its name and one line of what to hold it against. */
export function Kpi({ word, value, note, title }: { word: string; value: string; note?: string; title?: string }) {
  return (
    <div class="kpi" {...(title ? { title } : {})}>
      <span class="word">{word}</span>
      <span class="value">{value}</span>
      {note && <span class="note">{note}</span>}
    </div>
  );
}
