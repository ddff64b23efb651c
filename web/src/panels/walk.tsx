/** A picture made of marks, walked by arrow keys: what stands at a mark is said, and shown as under the pointer. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { stepped } from "../charts/walk";

interface Props {
  label: string;
  down?: number; // marks between one and the one below it
  class?: string;
  children: ComponentChildren; // marks carry their words as data-stop, and as data-tip what is not written beside them
}

interface Tip {
  text: string;
  left: number;
  top: number;
}

/** What a mark is called when it is reached, and what is shown over it. */
export const stop = (says: string, tip = ""): Record<string, string> => ({ "data-stop": says, ...(tip ? { "data-tip": tip } : {}) });

export function Walk({ label, down = 1, class: name = "", children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const mark = useRef<Element | null>(null); // a long table draws its rows anew: a mark is itself, not a number
  const [tip, setTip] = useState<Tip | null>(null);
  const [said, setSaid] = useState("");
  const marks = (): Element[] => [...box.current!.querySelectorAll("[data-stop]")];
  const show = (next: Element | null): void => {
    mark.current?.removeAttribute("data-at");
    mark.current = next;
    next?.setAttribute("data-at", "");
    const text = next?.getAttribute("data-tip");
    const place = next?.getBoundingClientRect();
    setTip(text && place ? { text, left: place.left + place.width / 2, top: place.top } : null);
  };
  const step = (e: KeyboardEvent): void => {
    if (e.target !== box.current) return; // a field or a button within has its own keys
    if (e.key === "Escape") return show(null);
    const list = box.current!.closest(".scroll");
    if (list && (e.key === "Home" || e.key === "End")) list.scrollTop = e.key === "Home" ? 0 : list.scrollHeight; // a long table draws its ends first
    const all = marks();
    const at = mark.current ? all.indexOf(mark.current) : -1;
    const to = stepped(e.key, at < 0 ? null : at, all.length, down);
    if (to === null) return;
    e.preventDefault();
    const next = all[to]!;
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    show(next);
    setSaid(next.getAttribute("data-stop") ?? "");
  };
  const over = (e: PointerEvent): void => {
    if (e.pointerType === "mouse") show((e.target as Element).closest("[data-stop]"));
  };
  useEffect(() => { // it stays on its mark while the page moves under it
    if (!tip) return undefined;
    const moved = (): void => show(mark.current);
    addEventListener("scroll", moved, { capture: true, passive: true });
    return () => removeEventListener("scroll", moved, { capture: true });
  }, [tip !== null]);
  return (
    <div class={`walk ${name}`} ref={box} tabIndex={0} role="group" aria-roledescription="chart" aria-label={`${label}. Arrow keys walk through it.`}
      onKeyDown={step} onBlur={() => show(null)} onPointerOver={over} onPointerLeave={() => show(null)}>
      {children}
      {tip && <span class="tip" aria-hidden="true" style={{ left: `${tip.left}px`, top: `${tip.top}px` }}>{tip.text}</span>}
      <span class="unseen" role="status">{said}</span>
    </div>
  );
}
