/** Tickers as chips: type, arrows, Enter; Backspace takes the last away; a list may be pasted. */
import { useId, useRef, useState } from "preact/hooks";
import { listed } from "../format";
import { KeptLists } from "./kept_lists";

const CHIPS = 30; // shown at once
const MOST = 60; // offered at once; typing narrows them

interface Props {
  title: string;
  about: string;
  all: readonly string[]; // what the source has; nothing if that is not known
  value: readonly string[];
  onChange: (tickers: string[] | undefined) => void;
}

export function Tickers({ title, about, all, value, onChange }: Props) {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [said, setSaid] = useState("");
  const [whole, setWhole] = useState(false);
  const left = all.filter((one) => !value.includes(one) && one.includes(text.trim().toUpperCase())).slice(0, MOST);
  const set = (next: readonly string[]): void => onChange(next.length ? [...next] : undefined);

  const add = (raw: string): void => {
    const asked = [...new Set(raw.toUpperCase().split(/[\s,;]+/).filter(Boolean))];
    const known = asked.filter((one) => all.length === 0 || all.includes(one));
    const unknown = asked.filter((one) => !known.includes(one));
    const fresh = known.filter((one) => !value.includes(one));
    if (fresh.length) set([...value, ...fresh]);
    setText(unknown.join(" "));
    setAt(0);
    setSaid(unknown.length ? `Not among these prices: ${listed(unknown)}.` : `${listed(fresh)} added.`);
  };
  const drop = (one: string): void => {
    set(value.filter((each) => each !== one));
    setSaid(`${one} taken out.`);
    box.current?.focus();
  };
  const choose = (list: readonly string[]): void => {
    const known = list.filter((one) => all.length === 0 || all.includes(one));
    const unknown = list.filter((one) => !known.includes(one));
    if (known.length) set(known);
    setSaid(unknown.length ? `Not among these prices: ${listed(unknown)}.` : `${known.length} tickers of the list.`);
  };
  const key = (e: KeyboardEvent): void => {
    if (e.ctrlKey || e.metaKey) return;
    const several = /[\s,;]/.test(text.trim());
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      const step = open ? (e.key === "ArrowDown" ? 1 : -1) : 0;
      setOpen(true);
      setAt(Math.max(0, Math.min(left.length - 1, at + step)));
    } else if (e.key === "Enter" || e.key === ",") {
      e.preventDefault();
      if (open && left[at] && !several) add(left[at]);
      else if (text.trim()) add(text);
    } else if (e.key === "Escape" && open) {
      e.stopPropagation();
      setOpen(false);
    } else if (e.key === "Backspace" && text === "" && value.length) drop(value.at(-1)!);
  };
  return (
    <div class="field">
      <label for={id}>{title}</label>
      <div class="chips" onClick={() => box.current?.focus()}>
        {(whole ? value : value.slice(0, CHIPS)).map((one) => (
          <button key={one} type="button" class="chip" aria-label={`Take ${one} out`} onClick={() => drop(one)}>{one} <span aria-hidden="true">×</span></button>
        ))}
        {!whole && value.length > CHIPS && <button type="button" class="chip" onClick={() => setWhole(true)}>{value.length - CHIPS} more</button>}
        <input id={id} ref={box} data-tickers role="combobox" autocomplete="off" spellcheck={false} value={text}
          placeholder={value.length ? "" : all.length ? `all ${all.length}` : "all"}
          aria-expanded={open && left.length > 0} aria-controls={`${id}-list`} aria-describedby={`${id}-help`} aria-autocomplete="list"
          {...(open && left[at] ? { "aria-activedescendant": `${id}-${at}` } : {})}
          onInput={(e) => { setText(e.currentTarget.value); setOpen(true); setAt(0); }}
          onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={key}
          onPaste={(e) => {
            const pasted = e.clipboardData?.getData("text") ?? "";
            if (/[\s,;]/.test(pasted.trim())) { e.preventDefault(); add(pasted); }
          }} />
        <ul id={`${id}-list`} role="listbox" aria-label={title} hidden={!open || left.length === 0}>
          {open && left.map((one, n) => (
            <li key={one} id={`${id}-${n}`} role="option" aria-selected={n === at} onMouseDown={(e) => { e.preventDefault(); add(one); }}>{one}</li>
          ))}
        </ul>
      </div>
      <KeptLists value={value} onChoose={choose} />
      <p class={said.startsWith("Not") ? "hint bad" : "hint"} id={`${id}-help`} role="status">{said || about}</p>
    </div>
  );
}
