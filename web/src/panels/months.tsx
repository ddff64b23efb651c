/** Months as a map: a row a year, the number in each cell, red below zero and blue above. */
import { percent, signed } from "../format";
import { stop, Walk } from "./walk";

export interface Month {
  year: number;
  month: number; // 1 to 12
  value: number | null;
}

/** The return of each month, from the last value of the month before; the first from the beginning. */
export function monthlyReturns(days: readonly string[], values: readonly (number | null)[]): Month[] {
  const months: (Month & { last: number })[] = [];
  let before = values.find((one) => one !== null) ?? 1;
  days.forEach((day, n) => {
    const value = values[n];
    if (value === null || value === undefined) return;
    const [year = 0, month = 0] = day.split("-").map(Number);
    const now = months.at(-1);
    if (now && now.year === year && now.month === month) {
      now.last = value;
      now.value = value / before - 1;
    } else {
      before = now ? now.last : before;
      months.push({ year, month, last: value, value: value / before - 1 });
    }
  });
  return months.map(({ year, month, value }) => ({ year, month, value }));
}

const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function MonthMap({ months }: { months: readonly Month[] }) {
  const years = [...new Set(months.map((one) => one.year))].sort((a, b) => b - a);
  const most = Math.max(0.02, ...months.map((one) => Math.abs(one.value ?? 0)).sort((a, b) => a - b).slice(0, Math.ceil(0.97 * months.length)));
  const of = new Map(months.map((one) => [`${one.year} ${one.month}`, one.value]));
  const whole = (year: number): number | null => {
    const own = months.filter((one) => one.year === year && one.value !== null);
    return own.length ? own.reduce((product, one) => product * (1 + one.value!), 1) - 1 : null;
  };
  return (
    <Walk label="Monthly returns" class="scroll map" down={NAMES.length + 1}>
      <table class="months">
        <thead><tr><th scope="col">Year</th>{NAMES.map((one) => <th key={one} scope="col">{one}</th>)}<th scope="col">Year</th></tr></thead>
        <tbody>
          {years.map((year) => (
            <tr key={year}>
              <th scope="row">{year}</th>
              {NAMES.map((name, n) => {
                const value = of.get(`${year} ${n + 1}`);
                const said = `${name} ${year}: ${value === undefined ? "no data" : percent(value, 2)}`;
                return <td key={n} {...stop(said, said)} style={cellStyle(value, most)}>{value === undefined || value === null ? "" : signed(value).replace(/\u202f%$/, "")}</td>;
              })}
              <td class="whole" {...stop(`${year}: ${percent(whole(year), 2)}`)}>{signed(whole(year)).replace(/\u202f%$/, "")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Walk>
  );
}

const STRONGEST = 62; // per cent of the colour: on more of it the number could not be read

/** The colour of a cell: red below zero, blue above, the stronger the nearer to the most. */
export const shade = (value: number, most: number): string =>
  `color-mix(in srgb, ${value < 0 ? "var(--map-low)" : "var(--map-high)"} ${Math.round(STRONGEST * Math.min(1, Math.abs(value) / most))}%, var(--map-middle))`;

function cellStyle(value: number | null | undefined, most: number): Record<string, string> {
  return value === null || value === undefined ? {} : { background: shade(value, most) };
}
