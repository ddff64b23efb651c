/** Bars to both sides of zero, each with its number: losses to the left, gains to the right. */
import type { Drawn } from "./parts";
import { LongTable } from "./rows";
import { stop } from "./walk";

export interface Bar {
  name: string;
  value: number; // a gain above zero, a loss below
  texts: readonly string[]; // the columns of numbers
  title?: string;
  tick?: number | null; // to hold the bar against
  neutral?: boolean; // neither a gain nor a loss: no arrow, one colour
}

/** The bars of parts, and how many of them there are beside. */
export const PartBars = ({ drawn }: { drawn: Drawn }) => (
  <>
    <Bars label={drawn.label} headings={drawn.headings} bars={drawn.bars} />
    {drawn.left > 0 && <p class="foot">{drawn.left} smaller ones are not drawn.</p>}
  </>
);

export function Bars({ bars, headings, label }: { bars: readonly Bar[]; headings: readonly string[]; label: string }) {
  const ends = bars.flatMap((one) => [one.value, one.tick ?? 0]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const span = high - low || 1;
  const zero = (-low / span) * 100;
  const says = (one: Bar): string => `${one.name}: ${one.texts.map((text, n) => `${headings[n] ?? ""} ${text}`).join(", ")}${one.title ? `; ${one.title}` : ""}`;
  const columns = [{ word: label }, { word: "Bar", unseen: true }, ...headings.map((word) => ({ word, class: "num" }))];
  const row = (one: Bar) => {
    const width = (Math.abs(one.value) / span) * 100;
    const left = one.value < 0 ? zero - width : zero;
    return (
      <tr key={one.name} {...stop(says(one), one.title)}>
        <th scope="row">{one.name}</th>
        <td class="bar"><span class="track"><i class={one.neutral ? "neutral" : one.value < 0 ? "down" : "up"} style={{ left: `${left}%`, width: `${Math.max(width, 0.6)}%` }} /><b style={{ left: `${zero}%` }} />{typeof one.tick === "number" && <s style={{ left: `${zero + (one.tick / span) * 100}%` }} />}</span></td>
        {one.texts.map((text, n) => <td key={n} class="num">{n === 0 && !one.neutral && /[1-9]/.test(text) && <span class="arrow" aria-hidden="true">{one.value < 0 ? "▼" : "▲"}</span>}{text}</td>)}
      </tr>
    );
  };
  return <LongTable label={label} class="bars" columns={columns} rows={bars} cells={(one) => [one.name, "", ...one.texts]} row={row} walked />;
}
