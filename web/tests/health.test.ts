import { describe, expect, it } from "vitest";
import { bestOf, lossOption, lossSays, lossStops } from "../src/charts/losses";
import { brief } from "../src/format";
import { latencies, quantile } from "../src/latency";
import { after, NOTHING, type Snapshot } from "../src/run";
import { look, seriesOf } from "./look";

const losses = [{ epoch: 1, training: 1.2, validation: 1.3 }, { epoch: 2, training: 1.0, validation: 1.1 }, { epoch: 3, training: 0.8, validation: 1.15 }];

describe("how a model learnt", () => {
  it("is two lines of other dashes, with a mark at the pass that is kept", () => {
    const [training, validation] = seriesOf(lossOption(losses, look)) as unknown as { data: unknown[]; lineStyle: { type: unknown }; markLine?: { data: unknown[] } }[];
    expect(training!.data).toEqual([[1, 1.2], [2, 1.0], [3, 0.8]]);
    expect(validation!.data).toEqual([[1, 1.3], [2, 1.1], [3, 1.15]]);
    expect(training!.lineStyle.type).not.toEqual(validation!.lineStyle.type);
    expect(validation!.markLine!.data).toEqual([{ xAxis: 2 }]);
    expect(bestOf([])).toBeUndefined();
  });
  it("is said in a sentence, and pass by pass", () => {
    expect(lossSays(losses)).toBe("On sessions it was not fitted to, the error was least after pass 2 (1.100): that one is kept; 1 more did not help.");
    expect(lossStops(losses)[2]).toEqual({ at: [3, 1.15], says: "After pass 3: training 0.800, validation 1.150" });
  });
  it("is drawn while others are still fitted", () => {
    const now = { ...NOTHING, snapshot: { status: "running" } as Snapshot };
    const curve = { kind: "learning_curve" as const, model: "LSTM", horizon: 5, losses };
    const next = after(now, { seq: 1, at: 0, event: { kind: "part", stage: "training", part: curve } });
    expect(next.curves).toEqual([curve]);
  });
});

const line = (route: string, end: string, count: number): string => `forefolio_http_request_seconds_bucket{le="${end}",method="GET",route="${route}",status="200"} ${count}.0`;
const METRICS = [
  "# TYPE forefolio_http_request_seconds histogram",
  line("/api/runs", "0.01", 50), line("/api/runs", "0.02", 90), line("/api/runs", "+Inf", 100),
  line("/api/data", "0.01", 10), line("/api/data", "0.02", 10), line("/api/data", "+Inf", 10),
  'forefolio_http_request_seconds_count{route="/api/runs"} 100.0',
].join("\n");

describe("how quickly the service answers", () => {
  it("is a quantile of a histogram, spread evenly within a bucket", () => {
    const buckets = new Map([[0.01, 50], [0.02, 90], [Infinity, 100]]);
    expect(quantile(buckets, 0.5)).toBeCloseTo(0.01);
    expect(quantile(buckets, 0.7)).toBeCloseTo(0.015);
    expect(quantile(buckets, 0.99)).toBe(0.02); // beyond the last end nothing is known
    expect(quantile(new Map(), 0.5)).toBeNaN();
  });
  it("is known of all routes, and of each, the most asked first", () => {
    expect(latencies(METRICS).map((one) => [one.route, one.count])).toEqual([["", 110], ["/api/runs", 100], ["/api/data", 10]]);
    expect(latencies("# nothing")).toEqual([]);
  });
  it("is written in milliseconds below a second", () => {
    expect([brief(0.0042), brief(0.25), brief(2.5), brief(NaN)]).toEqual(["4.2\u202fms", "250\u202fms", "2.5 s", "n/a"]);
  });
});
