/** What a word means, shown over it by the pointer and by the focus alike, and said to a screen reader. */
import { useEffect, useRef, useState } from "preact/hooks";

/** The attributes of an element that has something to explain. */
export const about = (text: string | undefined): Record<string, string> => (text ? { "data-about": text, "aria-description": text } : {});

/** A word with its meaning, which can be reached by Tab. */
export function Term({ word, means }: { word: string; means: string }) {
  return <span class="term" tabIndex={0} role="note" {...about(means)}>{word}</span>;
}

interface Shown {
  text: string;
  left: number;
  top: number;
}

const EDGE = 150; // pixels: half of the widest tip

export function Tips() {
  const [shown, setShown] = useState<Shown | null>(null);
  const at = useRef<Element | null>(null);
  useEffect(() => {
    const show = (one: Element | null): void => {
      at.current = one;
      const place = one?.getBoundingClientRect();
      setShown(one && place ? { text: one.getAttribute("data-about")!, left: Math.min(Math.max(place.left + place.width / 2, EDGE), Math.max(EDGE, innerWidth - EDGE)), top: place.top } : null);
    };
    const over = (e: Event): void => show((e.target as Element | null)?.closest?.("[data-about]") ?? null);
    const out = (): void => show(null);
    const key = (e: KeyboardEvent): void => { if (e.key === "Escape") show(null); };
    const moved = (): void => { if (at.current) show(at.current); }; // it stays on its word: what has the focus is scrolled to
    document.addEventListener("focusin", over);
    document.addEventListener("pointerover", over);
    document.addEventListener("focusout", out);
    document.addEventListener("keydown", key);
    addEventListener("scroll", moved, { capture: true, passive: true });
    return () => {
      document.removeEventListener("focusin", over);
      document.removeEventListener("pointerover", over);
      document.removeEventListener("focusout", out);
      document.removeEventListener("keydown", key);
      removeEventListener("scroll", moved, { capture: true });
    };
  }, []);
  return shown && <span class="tip meaning" aria-hidden="true" style={{ left: `${shown.left}px`, top: `${shown.top}px` }}>{shown.text}</span>;
}
