/** How quickly the service answers: quantiles of what it counts for Prometheus. */

export interface Latency {
  route: string; // empty: all of them
  count: number;
  median: number; // seconds
  slowest: number; // one answer in a hundred takes longer
}

const NAME = "forefolio_http_request_seconds_bucket";
const MOST = 5; // routes beside all of them

type Buckets = Map<number, number>; // by its upper end in seconds, how many were quicker

/** The quantile of a histogram: within a bucket as if its answers were spread evenly. */
export function quantile(buckets: Buckets, level: number): number {
  const ends = [...buckets].sort(([a], [b]) => a - b);
  const rank = level * (ends.at(-1)?.[1] ?? 0);
  let [from, below] = [0, 0];
  for (const [end, count] of ends) {
    if (count >= rank && count > below) return Number.isFinite(end) ? from + ((end - from) * (rank - below)) / (count - below) : from;
    [from, below] = [end, count];
  }
  return NaN;
}

/** Of all routes together, and of those that are asked most. */
export function latencies(metrics: string): Latency[] {
  const all: Buckets = new Map();
  const routes = new Map<string, Buckets>();
  for (const [, labels = "", count = ""] of metrics.matchAll(new RegExp(`^${NAME}\\{(.*)\\} (\\S+)$`, "gm"))) {
    const route = labels.match(/route="([^"]*)"/)?.[1] ?? "";
    const end = Number((labels.match(/le="([^"]*)"/)?.[1] ?? "").replace("+Inf", "Infinity"));
    const own = routes.get(route) ?? new Map<number, number>();
    routes.set(route, own);
    for (const each of [all, own]) each.set(end, (each.get(end) ?? 0) + Number(count));
  }
  const of = (route: string, buckets: Buckets): Latency => ({ route, count: buckets.get(Infinity) ?? 0, median: quantile(buckets, 0.5), slowest: quantile(buckets, 0.99) });
  const each = [...routes].map(([route, buckets]) => of(route, buckets)).filter((one) => one.count > 0).sort((a, b) => b.count - a.count);
  return each.length === 0 ? [] : [of("", all), ...each.slice(0, MOST)];
}
