/** Parts of the page that are fetched when they are first shown: the charts are most of its weight. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export function lazily<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazily(props: P) {
    const [part, setPart] = useState<{ Part: ComponentType<P> } | null>(loaded && { Part: loaded });
    useEffect(() => {
      if (part) return;
      void load().then((Part) => {
        loaded = Part;
        setPart({ Part });
      });
    }, []);
    return part ? <part.Part {...props} /> : <section class="card"><div class="ghost tall" /></section>;
  };
}
