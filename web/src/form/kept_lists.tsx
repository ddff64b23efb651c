/** Below a box of tickers: lists that were kept, and keeping what stands in the box. */
import { useId, useState } from "preact/hooks";
import { keepList, useLists } from "./lists";

const NO_ROOM = "This browser has no room to keep it: the list is here until the page is closed.";

interface Props {
  value: readonly string[];
  onChoose: (tickers: readonly string[]) => void;
}

export function KeptLists({ value, onChoose }: Props) {
  const id = useId();
  const lists = useLists();
  const [name, setName] = useState<string | null>(null);
  const names = Object.keys(lists).sort();
  const [said, setSaid] = useState("");
  const keep = (): void => {
    if (name?.trim()) setSaid(keepList(name, value) ? "" : NO_ROOM);
    setName(null);
  };
  if (names.length === 0 && value.length < 2) return null;
  return (
    <div class="kept-lists">
      {names.length > 0 && (
        <select aria-label="Kept lists of tickers" value="" onChange={(e) => { onChoose(lists[e.currentTarget.value] ?? []); e.currentTarget.value = ""; }}>
          <option value="">A kept list</option>
          {names.map((one) => <option key={one} value={one}>{one} ({lists[one]!.length})</option>)}
        </select>
      )}
      {name === null ? value.length > 1 && <button type="button" class="link" onClick={() => setName("")}>Keep as a list</button> : (
        <>
          <label class="unseen" for={id}>Name of the list</label>
          <input id={id} maxLength={80} placeholder="a name, such as banks" value={name} onInput={(e) => setName(e.currentTarget.value)}
            onKeyDown={(e) => { if (e.key === "Enter" && !e.ctrlKey) { e.preventDefault(); keep(); } else if (e.key === "Escape") { e.stopPropagation(); setName(null); } }} />
          <button type="button" class="link" onClick={keep}>Keep</button>
        </>
      )}
      {said && <p class="hint bad" role="alert">{said}</p>}
    </div>
  );
}
