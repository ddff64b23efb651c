/** One ticker: its price so far, what the newest forecast says of it, and what is held of it and why. */
import { useEffect, useState } from "preact/hooks";
import { ask, once, type Schemas } from "../api";
import { count, money, percent, phrase, signed, words } from "../format";
import { Kpi } from "../panels/kpi";
import { StatusBar } from "../panels/status";
import { tickerAddress } from "../panels/ticker";
import { go, type Place } from "../router";
import { underWay, useRun } from "../run";
import type { Saved } from "./kept";
import { type Answer, FORECASTING, forecastOf, heldIn, HOLDING, isAbout, pastOf, standing } from "./ticker_facts";
import { Past } from "../results/past";
import { ForecastPanel, HeldPanel, ofRun, PricePanel } from "./ticker_panels";

type Run = Schemas["Summary"];

const EVERY = 3000; // milliseconds between looks while something runs
const NEWEST = 4; // runs of a kind that are asked what they say

const hasForecastsOrWeights = (one: Run): boolean => FORECASTING.includes(one.kind) || HOLDING.includes(one.kind);

export function TickerPage({ place }: { place: Place }) {
  const ticker = written(place.run).toUpperCase();
  useEffect(() => { document.title = `${ticker || "A ticker"} · Forefolio`; }, [ticker]);
  return ticker ? <About key={ticker} ticker={ticker} of={place.query.get("run") ?? ""} /> : <Which />;
}

/** A part of an address as it was meant; what is no such part stays as it is. */
function written(part: string | null): string {
  try {
    return decodeURIComponent(part ?? "");
  } catch {
    return part ?? "";
  }
}

function Which() {
  const [text, setText] = useState("");
  return (
    <main class="page narrow-page" id="main">
      <h1>Which ticker?</h1>
      <p>Every ticker in a table of weights or forecasts leads here.</p>
      <form class="inline" onSubmit={(e) => { e.preventDefault(); go(tickerAddress(text.trim().toUpperCase())); }}>
        <label for="which">Ticker</label>
        <input id="which" required maxLength={64} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        <button class="primary">Show</button>
      </form>
    </main>
  );
}

function About({ ticker, of }: { ticker: string; of: string }) {
  const [runs, setRuns] = useState<Run[] | null>(null);
  const [answers, setAnswers] = useState<readonly Answer[] | null>(null);
  const [saved, setSaved] = useState<readonly Saved[]>([]);
  const [problem, setProblem] = useState("");
  const read = (): void => { ask<Run[]>("/api/runs?limit=100").then((all) => { setRuns(all.filter(hasForecastsOrWeights)); setProblem(""); }, (error: Error) => setProblem(error.message)); };
  const busy = runs?.find(underWay);
  const busyRun = useRun(busy?.id ?? null);
  useEffect(() => {
    read();
    ask<Saved[]>("/api/portfolios").then(setSaved, (error: Error) => setProblem(error.message));
  }, []);
  useEffect(() => {
    if (!busy) return undefined;
    const timer = setInterval(read, EVERY);
    return () => clearInterval(timer);
  }, [busy?.id]);
  const done = (runs ?? []).filter((one) => one.status === "done").map((one) => one.id).join();
  useEffect(() => {
    let left = false;
    if (runs) void answersOf(runs, of).then((all) => { if (!left) setAnswers(all); });
    return () => { left = true; };
  }, [runs === null, done, of]);

  const forecast = answers && forecastOf(ticker, answers);
  const held = (answers ?? []).flatMap((one) => heldIn(ticker, one) ?? []);
  const kept = saved.filter((one) => one.weights[ticker] !== undefined);
  const source = of || (forecast?.answer.run.id ?? answers?.find((one) => isAbout(ticker, one.result))?.run.id ?? "");
  const { closes, refused } = useCloses(ticker, answers === null ? null : source, done);
  const now = closes && standing(closes);
  const next = forecast?.rows.find((one) => one.horizon === 21) ?? forecast?.rows[0];
  const nothing = answers !== null && !forecast && held.length === 0 && kept.length === 0;
  return (
    <main class="page" id="main">
      <p class="eyebrow">{closes ? [closes.sector, closes.name].filter(Boolean).map(words).join(" · ") : "One ticker"}</p>
      <h1>{ticker}</h1>
      {problem && <p class="problem" role="alert">{problem} <button type="button" class="link" onClick={read}>Look again</button></p>}
      {busy && <StatusBar run={busyRun} stale={false} />}
      {busy && <p class="small muted">A {phrase(busy.kind)} is under way: what it says of {ticker} is shown here once it is done.</p>}
      {now && (
        <section class="kpis" aria-label={`${ticker} now`}>
          <Kpi word="Last close" value={money(now.last, 2)} note={`on ${now.day}, adjusted`} />
          <Kpi word="Last year" value={signed(now.year)} note="over 252 sessions" />
          <Kpi word="Below its highest" value={percent(now.fall)} note={`of ${count(closes.closes.length)} sessions`} />
          <Kpi word="Held" value={held[0] ? percent(held[0].weight) : "n/a"} note={held[0] ? `in the newest ${phrase(held[0].run.kind)}` : "in no run that is kept"} />
        </section>
      )}
      {refused ? (
        <section class="card problem-card" role="alert" aria-label="Price">
          <h2>Its prices cannot be shown</h2>
          <p>{refused}</p>
          {of ? <p><a href={tickerAddress(ticker)}>Show it with the prices of another run</a></p> : <p><a href="/data">Upload prices of {ticker}</a>, or ask for a forecast of it: its prices are read then.</p>}
        </section>
      ) : closes ? <PricePanel closes={closes} run={source} /> : !problem && <section class="card"><div class="ghost tall" /></section>}
      {nothing && (
        <section class="card empty">
          <h2>No run says anything of {ticker} yet</h2>
          <p>What is expected of it, and what is held of it and why, stands here once it was asked.</p>
          <p><a class="primary button" href={`/forecasts?${new URLSearchParams({ tickers: ticker }).toString()}`}>Forecast {ticker}</a></p>
        </section>
      )}
      {answers === null && !problem && <section class="card"><div class="ghost medium" /></section>}
      {forecast && next && <ForecastPanel ticker={ticker} rows={forecast.rows} run={forecast.answer.run} />}
      {forecast && <Past past={pastOf(forecast.answer)} only={ticker} elsewhere={ofRun(forecast.answer.run)} />}
      {(held.length > 0 || kept.length > 0) && <HeldPanel ticker={ticker} held={held} kept={kept} />}
    </main>
  );
}

/** What the newest runs of each kind came to, the newest first, and the one that the address names; what has gone says nothing. */
async function answersOf(runs: readonly Run[], of: string): Promise<Answer[]> {
  const named = of && !runs.some((one) => one.id === of) ? [await ask<Run>(`/api/runs/${of}`).catch(() => null)] : []; // it may be an old one
  const done = [...runs, ...named].filter((one) => one?.status === "done") as Run[];
  const newest = done.filter((one) => done.filter((each) => each.kind === one.kind).indexOf(one) < NEWEST || one.id === of);
  const all = await Promise.all(newest.map(async (run) => ({ run, result: await once<unknown>(`/api/runs/${run.id}/result`).catch(() => null) })));
  return all.filter((one) => one.result !== null);
}

interface Closed {
  closes: Schemas["Closes"] | null;
  refused: string; // why there are none
}

/** Its closes in the prices of a run; of the sample, if no run has it; not asked for while that is not known. */
function useCloses(ticker: string, source: string | null, done: string): Closed {
  const [found, setFound] = useState<Closed>({ closes: null, refused: "" });
  useEffect(() => {
    let left = false;
    if (source === null) return undefined;
    once<Schemas["Closes"]>(`/api/data/closes/${encodeURIComponent(ticker)}${source ? `?run=${source}` : ""}`).then(
      (closes) => { if (!left) setFound({ closes, refused: "" }); },
      (error: Error) => { if (!left) setFound({ closes: null, refused: error.message }); },
    );
    return () => { left = true; };
  }, [ticker, source, done]); // what is refused because its run goes on is there when that is done
  return found;
}
