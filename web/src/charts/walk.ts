/** Walking through a picture by keys: which place is next. */

/** A place of a picture where a walk stops, in the units of its axes, and what stands there. */
export interface Stop {
  at: readonly [number | string, number];
  says: string;
}

const LEAPS = 10; // by which Page Up and Page Down cross a picture

/** Where a key leads from a place, or nothing if it leads nowhere. `down` is what the arrow down adds: 1 in a list, the columns of a map, -1 along a curve. */
export function stepped(key: string, at: number | null, count: number, down: number): number | null {
  if (count === 0) return null;
  const leap = Math.max(1, Math.round(count / LEAPS));
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: down, ArrowUp: -down, PageDown: leap, PageUp: -leap };
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const by = steps[key];
  if (by === undefined) return null;
  if (at === null) return by > 0 ? 0 : count - 1; // the first step enters
  const to = at + by;
  const off = to < 0 || to >= count;
  if (off && down > 1 && Math.abs(by) === down) return at; // a map has no row beyond its last
  return Math.max(0, Math.min(count - 1, to));
}
