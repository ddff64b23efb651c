/** Lists of tickers under a name, kept in this browser and offered in every box of tickers. */
import { useEffect, useState } from "preact/hooks";
import { keepText, keptText } from "../storage";

export type Lists = Readonly<Record<string, readonly string[]>>;

const KEY = "ticker lists";
const TURNED = "ticker-lists";

export function keptLists(): Lists {
  try {
    const kept: unknown = JSON.parse(keptText(localStorage, KEY) ?? "{}");
    const pairs = Object.entries(kept ?? {}).filter((one): one is [string, string[]] => Array.isArray(one[1]) && one[1].every((ticker) => typeof ticker === "string"));
    return Object.fromEntries(pairs);
  } catch { // what is no JSON is none of ours
    return {};
  }
}

function keep(lists: Lists): boolean {
  const kept = keepText(localStorage, KEY, JSON.stringify(lists));
  dispatchEvent(new Event(TURNED));
  return kept;
}

/** Keeps a list, and says whether this browser has room for it beyond this visit. */
export const keepList = (name: string, tickers: readonly string[]): boolean => keep({ ...keptLists(), [name.trim().slice(0, 80)]: tickers });

export function dropList(name: string): void {
  const { [name]: _, ...rest } = keptLists();
  keep(rest);
}

export function useLists(): Lists {
  const [lists, setLists] = useState(keptLists);
  useEffect(() => {
    const turned = (): void => setLists(keptLists());
    addEventListener(TURNED, turned);
    addEventListener("storage", turned); // another window
    return () => {
      removeEventListener(TURNED, turned);
      removeEventListener("storage", turned);
    };
  }, []);
  return lists;
}
