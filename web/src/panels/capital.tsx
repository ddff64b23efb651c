/** The money that losses are counted in; it stays in this window. */
import { useId, useState } from "preact/hooks";
import { typed } from "../form/spec";
import { keepText, keptText } from "../storage";
import { USUAL_CAPITAL, useAlone } from "./standing";

const KEY = "capital";

export function useCapital(): [number, (capital: number) => void] {
  const alone = useAlone();
  const [capital, setCapital] = useState(() => alone?.capital ?? (Number(keptText(sessionStorage, KEY)) || USUAL_CAPITAL));
  const set = (next: number): void => {
    if (!alone) keepText(sessionStorage, KEY, String(next));
    setCapital(next);
  };
  return [capital, set];
}

export function CapitalField({ capital, onChange }: { capital: number; onChange: (capital: number) => void }) {
  const id = useId();
  const [text, setText] = useState(String(capital));
  const say = (next: string): void => {
    setText(next);
    const money = typed(next, {});
    if (money !== null && money > 0 && money < 1e15) onChange(money);
  };
  return (
    <span class="capital"><label for={id}>of</label><input id={id} inputMode="decimal" value={text} aria-label="Capital, in the currency of the prices" onInput={(e) => say(e.currentTarget.value)} /></span>
  );
}
