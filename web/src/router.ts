/** The address bar holds the page, the run, the form and the picked point. */
import { useEffect, useState } from "preact/hooks";

const MOVED = "moved";

export interface Place {
  page: string; // the first word of the path; nothing on the first page
  run: string | null;
  query: URLSearchParams;
  hash: string;
}

export function placeOf(url: URL | Location): Place {
  const [, page = "", run = ""] = url.pathname.split("/");
  return { page, run: run || null, query: new URLSearchParams(url.search), hash: url.hash };
}

export function go(to: string, how: "push" | "replace" = "push"): void {
  const moved = to.split(/[?#]/)[0] !== location.pathname;
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  dispatchEvent(new Event(MOVED));
  if (how === "push" && moved) scrollTo(0, 0);
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location));
  useEffect(() => {
    const moved = (): void => setPlace(placeOf(location));
    addEventListener(MOVED, moved);
    addEventListener("popstate", moved);
    return () => {
      removeEventListener(MOVED, moved);
      removeEventListener("popstate", moved);
    };
  }, []);
  return place;
}

/** A click on a link of ours moves within the page; with a key held the browser has it. */
export function followed(e: MouseEvent): void {
  const link = (e.target as Element | null)?.closest?.("a");
  if (!link || e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey) return;
  const to = new URL(link.href, location.href);
  const outside = to.origin !== location.origin || /^\/(api|openapi)/.test(to.pathname);
  if (outside || link.target || link.hasAttribute("download") || (to.hash && to.pathname === location.pathname)) return;
  e.preventDefault();
  go(to.pathname + to.search + to.hash);
}
