/** A line as small as a word: how a value went, without axes. */

const [WIDTH, HEIGHT, EDGE] = [76, 20, 2]; // pixels

/** The points of the line in its box; values that are all above zero are drawn by their growth. */
export function sparkPoints(line: readonly number[]): string {
  const drawn = line.every((one) => one > 0) ? line.map(Math.log) : line;
  const [low, high] = [Math.min(...drawn), Math.max(...drawn)];
  const across = (n: number): number => EDGE + (n / Math.max(1, line.length - 1)) * (WIDTH - 2 * EDGE);
  const up = (value: number): number => HEIGHT - EDGE - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE);
  return drawn.map((value, n) => `${across(n).toFixed(1)},${up(value).toFixed(1)}`).join(" ");
}

export function Spark({ line }: { line: readonly number[] }) {
  if (line.length < 2) return null;
  return <svg class="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true"><polyline points={sparkPoints(line)} /></svg>;
}
