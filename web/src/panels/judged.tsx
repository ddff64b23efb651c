/** Things that are judged: a mark in words, what it is about, a picture of the number, and the numbers. */
import type { ComponentChildren } from "preact";
import { stop, Walk } from "./walk";

export type Tone = "ok" | "bad" | "warn" | "info";

export interface Judgement {
  name: string;
  tone: Tone;
  mark: string;
  about: string; // what is judged
  why?: string; // what the mark rests on
  picture: ComponentChildren;
  numbers: readonly (readonly [string, string])[];
}

export function Judged({ rows, label }: { rows: readonly Judgement[]; label: string }) {
  return (
    <Walk label={label}><ul class="judged" aria-label={label}>
      {rows.map((one) => (
        <li key={one.name} {...stop(sayOf(one))}>
          <span class={`state small ${one.tone}`}>{one.mark}</span>
          <div class="about"><b>{one.about}</b>{one.why && <span class="muted small">{one.why}</span>}</div>
          <div class="picture">{one.picture}</div>
          <dl>{one.numbers.map(([word, text]) => <div key={word}><dt>{word}</dt><dd>{text}</dd></div>)}</dl>
        </li>
      ))}
    </ul></Walk>
  );
}

const sayOf = (one: Judgement): string => `${one.about}: ${one.mark}; ${one.numbers.map(([word, text]) => `${word} ${text}`).join(", ")}`;

/** "3 shown, 2 not shown": how often each mark was given that was given at all. */
export function tally(rows: readonly Judgement[], marks: readonly string[]): string {
  const times = (mark: string): number => rows.filter((one) => one.mark === mark).length;
  return marks.filter((mark) => times(mark) > 0).map((mark) => `${times(mark)} ${mark}`).join(", ");
}
