/** Which assets move together: the number in each cell, stronger the more. */
import { ratio } from "../format";
import { shade } from "./months";
import { stop, Walk } from "./walk";

export type Matrix = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function CorrelationMap({ matrix }: { matrix: Matrix }) {
  const names = Object.keys(matrix);
  return (
    <Walk label="Correlations" class="wide-table" down={names.length}>
      <table class="months">
        <thead><tr><th scope="col"><span class="unseen">Asset</span></th>{names.map((one) => <th key={one} scope="col">{one}</th>)}</tr></thead>
        <tbody>{names.map((a) => (
          <tr key={a}><th scope="row">{a}</th>{names.map((b) => <td key={b} {...stop(a === b ? `${a} with itself` : `${a} with ${b}: ${ratio(matrix[a]![b]!)}`)} style={a === b ? {} : { background: shade(matrix[a]![b]!, 1) }}>{a === b ? "" : ratio(matrix[a]![b]!)}</td>)}</tr>
        ))}</tbody>
      </table>
    </Walk>
  );
}
