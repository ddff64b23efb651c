/** What opens below a button: it closes with Escape, with a press elsewhere, and where it is left by a link. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export function useMenu() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!open) return undefined;
    const away = (e: Event): void => {
      const key = e instanceof KeyboardEvent;
      if (key ? e.key === "Escape" : !box.current?.contains(e.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    addEventListener("keydown", away);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("keydown", away);
    };
  }, [open]);
  return { open, setOpen, box };
}
