/** Following a run: the snapshot first, then what is said after it; a cut line is joined again. */
import { useEffect, useState } from "preact/hooks";
import { ask, type Schemas, Trouble } from "./api";

export type Snapshot = Schemas["Snapshot"];
export type Bounds = Schemas["FrontierBounds"];
export type Point = Schemas["FrontierSpot"];
export type Slice = Schemas["FanSlice"];
export type Curve = Schemas["LearningCurve"];

export interface Following {
  snapshot: Snapshot | null;
  seq: number;
  bounds: Bounds | null;
  points: readonly Point[];
  fan: readonly Slice[];
  curves: readonly Curve[]; // how models learnt that are fitted already
  result: unknown;
  page: Schemas["ShownPage"] | null;
  begun: number; // when the stage began that it is in, in seconds since 1970
  heard: number; // when it was last heard of
  reconnecting: boolean;
  missing: string; // why there is no such run
}

export const NOTHING: Following = {
  snapshot: null, seq: 0, bounds: null, points: [], fan: [], curves: [], result: null, page: null,
  begun: 0, heard: 0, reconnecting: false, missing: "",
};

const ENDED = new Set(["done", "failed", "cancelled"]);
export const ended = (run: Following): boolean => ENDED.has(run.snapshot?.status ?? "");
export const running = (run: Following): boolean => run.snapshot !== null && !ended(run);

/** Whether a run of a list is still to come, or going on. */
export const underWay = ({ status }: { status: string }): boolean => status === "waiting" || status === "running";

const ENOUGH = 3; // steps, from which the rest is estimated

/** Seconds until the stage is done, if its steps go on as they did; nothing before a few are known. */
export function left({ snapshot, begun, heard }: Following): number | null {
  const { done = 0, total = 0 } = snapshot ?? {};
  return done < ENOUGH || total <= done || heard <= begun ? null : ((heard - begun) / done) * (total - done);
}

/** What one more event adds; one that was seen already adds nothing. */
export function after(now: Following, frame: Schemas["EventFrame"]): Following {
  if (frame.seq <= now.seq) return now;
  const next: Following = { ...now, seq: frame.seq, heard: frame.at, reconnecting: false };
  const snapshot = now.snapshot;
  const event = frame.event;
  if (!snapshot) return next;
  switch (event.kind) {
    case "started":
      return { ...next, begun: frame.at, snapshot: { ...snapshot, status: "running", stage: event.stage, done: 0, total: event.total } };
    case "progress":
      return { ...next, snapshot: { ...snapshot, stage: event.stage, done: event.done, total: event.total } };
    case "part":
      return withPart(next, event.part);
    default:
      return next;
  }
}

function withPart(next: Following, part: Schemas["Part"]["part"]): Following {
  switch (part.kind) {
    case "frontier_bounds":
      return { ...next, bounds: part, points: [] };
    case "frontier_point":
      return { ...next, points: [...next.points, part] };
    case "fan":
      return { ...next, fan: [...next.fan, part] };
    case "learning_curve":
      return { ...next, curves: [...next.curves, part] };
    default:
      return next;
  }
}

const FORSAKEN = 4409; // it waits for another version
const FIRST_WAIT = 300;
const LONGEST_WAIT = 5000;
const PAINT = 80; // milliseconds of events that are shown at once

/** A run, from its address to its result; it belongs to the service, the page only looks. */
export function useRun(id: string | null): Following {
  const [run, setRun] = useState<Following>(NOTHING);
  useEffect(() => {
    setRun(NOTHING);
    return id ? follow(id, setRun) : undefined;
  }, [id]);
  return run;
}

export function follow(id: string, show: (run: Following) => void): () => void {
  let now = NOTHING;
  let over = false;
  let wait = FIRST_WAIT;
  let timer = 0;
  let paint = 0;
  let socket: WebSocket | undefined;

  const shown = (): void => {
    paint ||= window.setTimeout(() => {
      paint = 0;
      if (!over) show(now);
    }, PAINT);
  };
  const again = (): void => {
    if (over) return;
    now = { ...now, reconnecting: true };
    shown();
    timer = window.setTimeout(() => void begin(), wait);
    wait = Math.min(2 * wait, LONGEST_WAIT);
  };
  const begin = async (): Promise<void> => {
    try {
      const snapshot = await ask<Snapshot>(`/api/runs/${id}`);
      now = { ...now, snapshot, reconnecting: false };
      if (snapshot.status === "done") {
        const [result, page] = await Promise.all([
          ask<unknown>(`/api/runs/${id}/result`),
          ask<Schemas["ShownPage"]>(`/api/runs/${id}/page`).catch(() => null),
        ]);
        now = { ...now, result, page };
      }
      shown();
      if (!over && !ended(now)) listen();
    } catch (problem) {
      if (problem instanceof Trouble && problem.status === 404) {
        now = { ...now, missing: problem.message };
        shown();
      } else again();
    }
  };
  const listen = (): void => {
    const address = `${location.origin.replace(/^http/, "ws")}/api/runs/${id}/events?after=${now.seq}`;
    socket = new WebSocket(address);
    socket.onmessage = (message) => {
      wait = FIRST_WAIT;
      now = after(now, JSON.parse(String(message.data)) as Schemas["EventFrame"]);
      shown();
    };
    socket.onclose = (closed) => {
      if (over) return;
      if (closed.code === 1000) void begin(); // it has ended: fetch what it came to
      else if (closed.code !== FORSAKEN) again(); // its message says why nobody works on it
    };
  };

  void begin();
  return () => {
    over = true;
    window.clearTimeout(timer);
    window.clearTimeout(paint);
    socket?.close();
  };
}
