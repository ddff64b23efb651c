/** Saved portfolios and past runs: opened again, compared, exported, deleted. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, cancel, type Schemas } from "../api";
import { moment, percent, points, seconds, words } from "../format";
import { keptElsewhere, quoted } from "../panels/asked";
import { Panel } from "../panels/panel";
import { go } from "../router";
import { pageOf } from "../routes";

type Saved = Schemas["SavedPortfolio"];
type Run = Schemas["Summary"];

const UNDO = 8000; // milliseconds, for which a deleted portfolio can be had back

export function PortfoliosPage() {
  const [portfolios, setPortfolios] = useState<Saved[] | null>(null);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState("");
  const read = (): void => { ask<Saved[]>("/api/portfolios").then(setPortfolios, (error: Error) => setProblem(error.message)); };
  useEffect(() => { document.title = "Portfolios and history · Forefolio"; read(); }, []);
  const toggle = (name: string): void => setChosen(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].slice(-2));
  const [going, setGoing] = useState(""); // deleted here, and at the service once nobody can want it back
  const leaving = useRef("");
  leaving.current = going;
  const forget = async (name: string): Promise<void> => {
    await ask(`/api/portfolios/${encodeURIComponent(name)}`, { method: "DELETE" }).catch((error: Error) => setProblem(error.message));
    read();
  };
  const drop = (name: string): void => {
    if (going) void forget(going);
    setChosen(chosen.filter((one) => one !== name));
    setGoing(name);
  };
  useEffect(() => {
    if (!going) return undefined;
    const timer = setTimeout(() => { setGoing(""); void forget(going); }, UNDO);
    return () => clearTimeout(timer);
  }, [going]);
  useEffect(() => () => { if (leaving.current) void forget(leaving.current); }, []);
  const shown = portfolios?.filter((one) => one.name !== going);
  return (
    <main class="page" id="main">
      <h1>Portfolios and history</h1>
      {problem && <p class="problem" role="alert">{problem}</p>}
      <Panel title="Saved portfolios" elsewhere={keptElsewhere("/api/portfolios", "forefolio portfolio list", "ff.portfolios()")} tools={<><a class="tool" href="/api/exports/portfolios.csv" download>CSV</a><a class="tool" href="/api/exports/portfolios.json" download>JSON</a></>}
        note={portfolios?.length ? "Choose two to compare them." : undefined}>
        {going && <p class="small" role="status">{going} is deleted. <button type="button" class="link" onClick={() => setGoing("")}>Undo</button></p>}
        {!shown ? <div class="ghost short" /> : shown.length === 0 ? (
          <p class="nothing">Nothing is saved yet. <a href="/optimise">Draw a frontier</a>, pick a portfolio on it and save it under a name.</p>
        ) : (
          <div class="wide-table" tabIndex={0} role="region" aria-label="Saved portfolios">
            <table class="plain">
              <thead><tr><th scope="col"><span class="unseen">Compare</span></th><th scope="col">Name</th><th scope="col">Holds</th><th scope="col" class="num">Cash</th><th scope="col">Saved</th><th scope="col"><span class="unseen">Actions</span></th></tr></thead>
              <tbody>{shown.map((one) => (
                <tr key={one.name}>
                  <td><input type="checkbox" aria-label={`Compare ${one.name}`} checked={chosen.includes(one.name)} onChange={() => toggle(one.name)} /></td>
                  <th scope="row">{one.name}{one.number > 1 && <span class="muted small"> state {one.number}</span>}</th>
                  <td>{holds(one)}</td><td class="num">{percent(one.cash)}</td><td>{String(one.saved).slice(0, 10)}</td>
                  <td class="num"><button type="button" class="link" onClick={() => drop(one.name)}>Delete</button></td>
                </tr>
              ))}</tbody>
            </table>
          </div>
        )}
      </Panel>
      {chosen.length === 2 && <Comparison names={[chosen[0]!, chosen[1]!]} />}
      <Runs />
    </main>
  );
}

function holds(one: Saved): string {
  const largest = Object.entries(one.weights as Record<string, number>).sort((a, b) => b[1] - a[1]);
  const named = largest.slice(0, 4).map(([name, weight]) => `${name} ${percent(weight, 0)}`);
  return `${named.join(", ")}${largest.length > 4 ? ` and ${largest.length - 4} more` : ""}`;
}

function Comparison({ names }: { names: readonly [string, string] }) {
  const [both, setBoth] = useState<Schemas["PortfolioComparison"] | null>(null);
  const path = `/api/portfolios/${encodeURIComponent(names[0])}/comparison?${new URLSearchParams({ other: names[1] }).toString()}`;
  useEffect(() => {
    setBoth(null);
    ask<Schemas["PortfolioComparison"]>(path).then(setBoth, () => undefined);
  }, [path]);
  if (!both) return null;
  const { changes } = both;
  const sheet = { columns: ["Asset", names[0], names[1], "Difference"], rows: changes.map((one) => [one.ticker, one.first, one.second, one.change]) };
  return (
    <Panel title={`${names[0]} beside ${names[1]}`} name="comparison" elsewhere={keptElsewhere(path, `forefolio portfolio compare ${names.map(quoted).join(" ")}`, `ff.compare_portfolios(${names.map((one) => JSON.stringify(one)).join(", ")})`)} sheet={sheet} format={(x) => percent(x, 2)}>
      <table class="plain">
        <thead><tr>{sheet.columns.map((one, n) => <th key={n} scope="col" class={n ? "num" : ""}>{one}</th>)}</tr></thead>
        <tbody>{changes.map((one) => <tr key={one.ticker}><th scope="row">{one.ticker}</th><td class="num">{percent(one.first)}</td><td class="num">{percent(one.second)}</td><td class="num">{points(one.change)}</td></tr>)}</tbody>
      </table>
    </Panel>
  );
}

const EVERY = 3000; // milliseconds between looks while something runs

function Runs() {
  const [chosen, setChosen] = useState<readonly Run[]>([]);
  const [runs, setRuns] = useState<Run[] | null>(null);
  const read = (): void => { ask<Run[]>("/api/runs?limit=100").then(setRuns, () => undefined); };
  const live = runs?.some((one) => one.status === "running" || one.status === "waiting") ?? true;
  useEffect(read, []);
  useEffect(() => {
    if (!live) return undefined;
    const timer = setInterval(read, EVERY);
    return () => clearInterval(timer);
  }, [live]);
  const toggle = (one: Run): void => setChosen(chosen.some((each) => each.id === one.id) ? chosen.filter((each) => each.id !== one.id) : [...chosen, one].slice(-2));
  const older = [...chosen].sort((a, b) => a.created_at - b.created_at);
  const alike = older.length === 2 && older[0]!.kind === older[1]!.kind;
  if (runs?.length === 0) return <Panel title="Runs"><p class="nothing">Nothing was asked yet. <a href="/optimise">Run the sample</a>.</p></Panel>;
  return (
    <Panel title="Runs" elsewhere={keptElsewhere("/api/runs?limit=100", "forefolio runs --limit 100")} note={older.length === 2 && !alike ? "These two answer different questions: two runs of one kind can be compared." : "The latest hundred. The same question on the same prices is the same run. Choose two of one kind to compare them."}
      tools={alike && <button type="button" class="use" onClick={() => go(`/compare?runs=${older.map((one) => one.id).join(",")}`)}>Compare the two</button>}>
      {runs === null ? <div class="ghost short" /> : (
        <div class="wide-table scroll" tabIndex={0} role="region" aria-label="Runs">
          <table class="plain">
            <thead><tr><th scope="col"><span class="unseen">Compare</span></th><th scope="col">Asked</th><th scope="col">Question</th><th scope="col">State</th><th scope="col" class="num wide">Took</th><th scope="col"><span class="unseen">Actions</span></th></tr></thead>
            <tbody>{runs.map((one) => (
              <tr key={one.id}>
                <td>{one.status === "done" && <input type="checkbox" aria-label={`Compare ${words(one.kind)} of ${moment(one.created_at)}`} checked={chosen.some((each) => each.id === one.id)} onChange={() => toggle(one)} />}</td>
                <td class="when">{moment(one.created_at)}</td>
                <th scope="row"><a href={one.kind === "today" ? `/today/${one.id}` : `/${pageOf(one.kind)}/${one.id}`}>{words(one.kind)}</a></th>
                <td><span class={`state small ${tone(one.status)}`}>{words(one.status)}</span>{one.message && <span class="muted small"> {one.message}</span>}</td>
                <td class="num wide">{one.status === "done" ? seconds(one.changed_at - one.created_at) : ""}</td>
                <td class="num">{tone(one.status) === "info" && <button type="button" class="link" onClick={() => void cancel(one.id).then(read)}>Cancel</button>}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

const tone = (status: string): string => ({ done: "ok", failed: "bad", cancelled: "warn" })[status] ?? "info";

