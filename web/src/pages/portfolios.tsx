/** Saved portfolios and past runs: found, opened again, changed, compared, exported, deleted. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, type Doc, post, start } from "../api";
import { listed, percent } from "../format";
import { keptElsewhere, quoted } from "../panels/asked";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import { SideBySide } from "../panels/side";
import { go, type Place } from "../router";
import { EditKept } from "./edit";
import { Runs } from "./history";
import { matching, portfoliosOf, type Saved, saidOf, tagsOf } from "./kept";

const UNDO = 8000; // milliseconds, for which a deleted portfolio can be had back
const MOST = 5; // that are compared at once

export function PortfoliosPage({ place }: { place: Place }) {
  const [portfolios, setPortfolios] = useState<Saved[] | null>(null);
  const [problem, setProblem] = useState("");
  const [said, setSaid] = useState("");
  const [editing, setEditing] = useState("");
  const read = (): Promise<void> => ask<Saved[]>("/api/portfolios").then(setPortfolios, (error: Error) => setProblem(error.message));
  useEffect(() => { document.title = "Portfolios and history · Forefolio"; void read(); }, []);
  const text = place.query.get("q") ?? "";
  const chosen = place.query.getAll("with");
  const show = (q: string, names: readonly string[]): void => {
    const query = new URLSearchParams(q ? { q } : {});
    for (const one of names) query.append("with", one);
    go(`/portfolios${query.size ? `?${query.toString()}` : ""}`, "replace");
  };
  const toggle = (name: string): void => show(text, chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].slice(-MOST));
  const [going, setGoing] = useState(""); // deleted here, and at the service once nobody can want it back
  const leaving = useRef("");
  leaving.current = going;
  const forget = async (name: string): Promise<void> => {
    await ask(`/api/portfolios/${encodeURIComponent(name)}`, { method: "DELETE" }).catch((error: Error) => setProblem(error.message));
    await read();
  };
  const drop = (name: string): void => {
    if (going) void forget(going);
    show(text, chosen.filter((one) => one !== name));
    setEditing("");
    setGoing(name);
  };
  useEffect(() => {
    if (!going) return undefined;
    const timer = setTimeout(() => { setGoing(""); void forget(going); }, UNDO);
    return () => clearTimeout(timer);
  }, [going]);
  useEffect(() => () => { if (leaving.current) void forget(leaving.current); }, []);
  const backtest = async (names: readonly string[]): Promise<void> => {
    setProblem("");
    try {
      const query = new URLSearchParams(names.map((one) => ["name", one]));
      const question = await ask<Doc>(`/api/portfolio-backtest?${query.toString()}`);
      go(`/backtest/${await start("strategy", question)}`);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    setProblem("");
    try {
      const found = portfoliosOf(file.name, await file.text());
      setGoing("");
      if (going) await forget(going); // first: or what is imported under that name goes with it
      for (const one of found) await post("/api/portfolios", one);
      setSaid(`${listed(found.map((one) => one.name))} ${found.length === 1 ? "is" : "are"} imported.`);
    } catch (error) {
      setProblem((error as Error).message);
    }
    await read();
  };
  const there = portfolios?.filter((one) => one.name !== going);
  const shown = there && matching(there, text);
  const beside = chosen.flatMap((name) => there?.find((one) => one.name === name) ?? []);
  const edited = there?.find((one) => one.name === editing);
  return (
    <main class="page" id="main">
      <h1>Portfolios and history</h1>
      {problem && <p class="problem" role="alert">{problem}</p>}
      <label class="inline find-kept">Find <input type="search" value={text} placeholder="a name, a #tag, a ticker, a kind of run" onInput={(e) => show(e.currentTarget.value, chosen)} /></label>
      <Panel title="Saved portfolios" elsewhere={keptElsewhere("/api/portfolios", "forefolio portfolio list", "ff.portfolios()")}
        tools={<><label class="tool upload">Import<input type="file" accept=".csv,.json,text/csv,application/json" onChange={(e) => { void take(e.currentTarget.files?.[0]); e.currentTarget.value = ""; }} /></label>
          <a class="tool" href="/api/exports/portfolios.csv" download>CSV</a><a class="tool" href="/api/exports/portfolios.json" download>JSON</a></>}
        note={there?.length ? "Choose two to five to compare them. Words of a note that begin with # are tags." : undefined}>
        {going && <p class="small" role="status">{going} is deleted. <button type="button" class="link" onClick={() => setGoing("")}>Undo</button></p>}
        {said && !going && <p class="small" role="status">{said}</p>}
        {!there || !shown ? <div class="ghost short" /> : there.length === 0 ? (
          <p class="nothing">Nothing is saved yet. <a href="/optimise">Draw a frontier</a>, pick a portfolio on it and save it under a name.</p>
        ) : shown.length === 0 ? (
          <p class="nothing">No portfolio has “{text}”. <button type="button" class="link" onClick={() => show("", chosen)}>Show all {there.length}</button></p>
        ) : (
          <LongTable label="Saved portfolios" rows={shown} cells={cells} values={values}
            columns={[{ word: "Compare", unseen: true }, { word: "Name" }, { word: "Holds" }, { word: "Return", class: "num wide", about: "expected when it was saved, a year" }, { word: "Volatility", class: "num wide", about: "expected when it was saved, a year" }, { word: "Cash", class: "num wide" }, { word: "Saved", class: "wide" }, { word: "Actions", unseen: true }]}
            row={(one) => (
              <tr key={one.name}>
                <td><input type="checkbox" aria-label={`Compare ${one.name}`} checked={chosen.includes(one.name)} onChange={() => toggle(one.name)} /></td>
                <th scope="row">{one.name}{one.number > 1 && <span class="muted small"> state {one.number}</span>}{" "}
                  {tagsOf(one.note).map((tag) => <button key={tag} type="button" class="tag" aria-label={`Show ${tag}`} onClick={() => show(tag, chosen)}>{tag}</button>)}
                  {saidOf(one.note) && <span class="muted small note">{saidOf(one.note)}</span>}</th>
                <td class="holds">{holds(one)}</td><td class="num wide">{percent(expected(one, "expected_return"))}</td><td class="num wide">{percent(expected(one, "volatility"))}</td><td class="num wide">{percent(one.cash)}</td><td class="when wide">{String(one.saved).slice(0, 10)}</td>
                <td class="num acts"><button type="button" class="link" aria-expanded={editing === one.name} aria-label={`Change ${one.name}`} onClick={() => setEditing(editing === one.name ? "" : one.name)}>Change</button> <button type="button" class="link" aria-label={`Delete ${one.name}`} onClick={() => drop(one.name)}>Delete</button></td>
              </tr>
            )} />
        )}
        {edited && <EditKept key={edited.name} one={edited} taken={(there ?? []).map((each) => each.name)} onDone={(message, name) => { setSaid(message); setEditing(""); show(text, chosen.map((each) => (each === edited.name ? name : each))); void read(); }} onProblem={setProblem} />}
      </Panel>
      {beside.length > 1 && <SideBySide title={`${listed(beside.map((one) => one.name))} side by side`} all={beside} elsewhere={elsewhereOf(beside)} tools={<button type="button" title="All of them over the same sessions, after costs, the first against each other" onClick={() => void backtest(beside.map((one) => one.name))}>Backtest together</button>} note={beside.length === 2 ? `${percent(turnover(beside[0]!, beside[1]!))} of the portfolio would have to be traded to go from the first to the second.` : undefined} />}
      <Runs text={text} />
    </main>
  );
}

const expected = (one: Saved, name: string): number | null => {
  const value = (one.results as Record<string, unknown>)[name];
  return typeof value === "number" ? value : null;
};

function holds(one: Saved): string {
  const largest = Object.entries(one.weights).sort((a, b) => b[1] - a[1]);
  const named = largest.slice(0, 4).map(([name, weight]) => `${name} ${percent(weight, 0)}`);
  return `${named.join(", ")}${largest.length > 4 ? ` and ${largest.length - 4} more` : ""}`;
}

const values = (one: Saved): (string | number | null)[] => [null, one.name.toLowerCase(), Object.keys(one.weights).length, expected(one, "expected_return"), expected(one, "volatility"), one.cash, String(one.saved), null];
const cells = (one: Saved): string[] => ["", `${one.name} ${one.note}`, holds(one), percent(expected(one, "expected_return")), percent(expected(one, "volatility")), percent(one.cash), String(one.saved).slice(0, 10), ""];

function turnover(first: Saved, second: Saved): number {
  const names = [...new Set([...Object.keys(first.weights), ...Object.keys(second.weights)])];
  return (names.reduce((sum, name) => sum + Math.abs((second.weights[name] ?? 0) - (first.weights[name] ?? 0)), 0) + Math.abs(second.cash - first.cash)) / 2;
}

/** Two are compared by the service as well; more are read one by one. */
function elsewhereOf(all: readonly Saved[]) {
  const [first, second] = all.map((one) => one.name) as [string, string];
  if (all.length > 2) return keptElsewhere(`/api/exports/portfolios.json?${new URLSearchParams(all.map((one) => ["name", one.name])).toString()}`, all.map((one) => `forefolio portfolio show ${quoted(one.name)}`).join("\n"));
  return keptElsewhere(`/api/portfolios/${encodeURIComponent(first)}/comparison?${new URLSearchParams({ other: second }).toString()}`, `forefolio portfolio compare ${quoted(first)} ${quoted(second)}`, `ff.compare_portfolios(${JSON.stringify(first)}, ${JSON.stringify(second)})`);
}
