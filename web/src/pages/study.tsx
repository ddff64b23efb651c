/** The page of a study: its form, its run, its result. Nothing here knows which study it is. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { answer, ask, cancel, type Doc, type Mend, once, type Schemas, start, Trouble } from "../api";
import { fromQuery, fromStudy, same, secrets, toQuery } from "../form/address";
import { Help } from "../form/help";
import { StudyForm } from "../form/form";
import { Example } from "../panels/example";
import type { Asked } from "../panels/panel";
import { Failed, failureOf, mended, StatusBar, titleOf } from "../panels/status";
import { words } from "../format";
import { ResultOf } from "../results";
import { go, type Place } from "../router";
import type { Entry, Tab } from "../routes";
import { ended, type Following, NOTHING, running, useRun } from "../run";
import { writing } from "../written";
import { keepText, keptText } from "../storage";

type Form = Schemas["StudyForm"];

interface Props {
  entry: Entry;
  tab: Tab | undefined;
  place: Place;
}

export function StudyPage({ entry, tab, place }: Props) {
  const [form, setForm] = useState<Form | null>(null);
  const [trouble, setTrouble] = useState("");
  useEffect(() => {
    setForm(null);
    once<Form>(`/api/studies/${entry.kind}`).then(setForm, (problem: Error) => setTrouble(problem.message));
  }, [entry.kind]);
  if (trouble) return <main class="page" id="main"><h1>{entry.word}</h1><p class="problem" role="alert">{trouble}</p></main>;
  if (!form || form.kind !== entry.kind) return <main class="split" id="main"><h1 class="unseen">{entry.word}</h1><div class="card ghost tall" /><div class="ghost tall" /></main>;
  return <Asking key={form.kind} form={form} entry={entry} tab={tab} place={place} />;
}

function Asking({ form, entry, tab, place }: Props & { form: Form }) {
  const title = entry.word || words(entry.kind);
  const hidden = `${form.kind} of mine`;
  const [document, setDocument] = useState<Doc>(() => ({ ...begunWith(form, place), ...kept(hidden), ...fromQuery(place.query, form) }));
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [asked, setAsked] = useState<Doc | null>(null); // by the run that is shown
  const [editing, setEditing] = useState(place.run === null);
  const [wrongs, setWrongs] = useState<ReadonlyMap<string, string>>(new Map());
  const [atOnce, setAtOnce] = useState<Following>(NOTHING); // what is answered at once is no run
  const [waiting, setWaiting] = useState(false); // for such an answer
  const followed = useRun(place.run);
  const run = form.stored ? followed : atOnce;
  const tickers = useTickers(document);
  const latest = useRef({ document, wrongs });
  latest.current = { document, wrongs };

  // Back and forward, and links from other pages, bring their own settings.
  const search = place.query.toString();
  const shownQuery = useRef(search);
  useLayoutEffect(() => { // a later effect would take the address of one key for news after the next one
    if (search !== shownQuery.current) setDocument({ ...kept(hidden), ...fromQuery(place.query, form) });
    shownQuery.current = search;
  }, [search]);

  // A deep link without settings shows those of its run.
  const study = run.snapshot?.kind === form.kind ? run.snapshot.study : null;
  const own = useRef<string | null>(null); // the run that was asked for here: what it was asked is known
  useEffect(() => {
    if (!study || own.current === place.run) return;
    const was = fromStudy(study as Doc, form);
    setAsked(was);
    if (search === "" && Object.keys(latest.current.document).length === 0) change(was);
  }, [run.snapshot?.id]);

  const address = (id: string | null, of: Doc, hash = ""): string => {
    const query = toQuery(of);
    return `/${entry.page}${id ? `/${id}` : ""}${query ? `?${query}` : ""}${hash}`;
  };
  const change = (next: Doc): void => {
    setDocument(next);
    keep(hidden, secrets(next));
    shownQuery.current = new URLSearchParams(toQuery(next)).toString();
    go(address(place.run, next, location.hash), "replace");
  };
  const ask = useCallback(async (given?: Doc) => {
    const now = given ?? latest.current.document;
    if (!given && latest.current.wrongs.size) return;
    setProblem(null);
    try {
      if (!form.stored) {
        setWaiting(true);
        setAtOnce({ ...NOTHING, ...await answer(form.path, now).finally(() => setWaiting(false)) });
        setAsked(now);
        setEditing(false);
        return;
      }
      const id = await start(form.path, now);
      if (place.run && asked) go(address(place.run, asked), "replace"); // Back shows that run with its own settings
      own.current = id;
      setAsked(now);
      setEditing(false);
      shownQuery.current = new URLSearchParams(toQuery(now)).toString();
      go(address(id, now));
    } catch (error) {
      setProblem(error instanceof Trouble ? error : new Trouble(String(error), "internal", 0));
      if (error instanceof Trouble) toFault(error);
    }
  }, [form, place.run, asked]);

  const stale = asked !== null && !sameQuestion(asked, document);
  useLayoutEffect(() => { // an effect would be later than the next key
    const key = (e: KeyboardEvent): void => {
      const typing = e.target instanceof HTMLElement && e.target.matches("input, textarea, select");
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) void ask();
      else if (e.key === "Escape" && running(run) && run.snapshot) void cancel(run.snapshot.id);
      else if (e.key === "/" && !typing) {
        e.preventDefault();
        globalThis.document.querySelector<HTMLElement>("[data-tickers]")?.focus();
      }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, [ask, run]);
  useEffect(() => { globalThis.document.title = titleOf(title, run); }, [title, run]);

  const onWrong = useCallback((name: string, wrong: string) => setWrongs((old) => {
    if ((old.get(name) ?? "") === wrong) return old;
    const next = new Map(old);
    if (wrong) next.set(name, wrong);
    else next.delete(name);
    return next;
  }), []);
  const mend = (one: Mend): void => change(withMend(document, one));
  const panel: Asked = useMemo(() => ({ form, document: asked ?? document, run: place.run }), [form, asked, document, place.run]);
  return (
    <main class="split" id="main">
      <form class={editing ? "card form" : "card form folded"} onSubmit={(e) => { e.preventDefault(); void ask(); }} aria-label="Settings">
        <div>
          <h1>{title} <button type="button" class="link unfold" aria-expanded={editing} onClick={() => setEditing(!editing)}>{editing ? "Fold" : "Change settings"}</button></h1>
          {tab && tab.entries.length > 1 && <SubTabs tab={tab} page={entry.page} />}
          <p class="lead">{form.about}</p>
        </div>
        <div class="fields-all"><StudyForm form={form} value={document} tickers={tickers} onChange={change} onWrong={onWrong} /></div>
        {problem && <Problem problem={problem} kind={form.kind} />}
        <div class="actions"><button class="primary" disabled={wrongs.size > 0 || running(run) || waiting}>{stale ? "Run again" : "Run"} <kbd>Ctrl ↵</kbd></button></div>
      </form>
      <div class="results">
        <StatusBar run={run} stale={stale} onRun={() => void ask()} />
        {waiting && <div class="statusbar" role="status"><span class="state info"><i class="spin" aria-hidden="true" />Calculating: what is not known yet may take minutes</span></div>}
        <Outcome run={run} onMend={mend} onRun={() => void ask()} empty={<Empty title={title} form={form} about={document} onRun={() => void ask()} missing={run.missing} />}>
          <div class={stale && ended(run) ? "stack dim" : "stack"}>
            <ResultOf kind={form.kind} run={run} asked={panel} document={document} change={change} hash={place.hash} />
          </div>
        </Outcome>
      </div>
    </main>
  );
}

/** The field that is at fault has the focus. */
function toFault({ problems }: Trouble): void {
  for (const part of problems.flatMap((one) => one.path.split(/[./[\]]+/))) {
    const field = part && globalThis.document.querySelector<HTMLElement>(`[data-setting="${CSS.escape(part)}"] :is(input, select, textarea)`);
    if (field) return field.focus();
  }
}

function SubTabs({ tab, page }: { tab: Tab; page: string }) {
  return (
    <nav class="subtabs" aria-label={tab.word}>
      {tab.entries.map((one) => <a key={one.page} href={`/${one.page}`} {...(one.page === page ? { "aria-current": "page" as const } : {})}>{one.word}</a>)}
    </nav>
  );
}

/** A result, parts of one, why there is none, or an invitation. */
function Outcome(props: { run: Following; onMend: (mend: Mend) => void; onRun: () => void; empty: ComponentChildren; children: ComponentChildren }) {
  const { run } = props;
  const failure = failureOf(run);
  if (failure) return <Failed message={failure.message} run={run.snapshot?.id ?? ""} mends={(failure.mends ?? []) as unknown as Mend[]} onMend={props.onMend} onRun={props.onRun} />;
  if (run.result || run.bounds || run.fan.length || run.curves.length) return <>{props.children}</>;
  if (running(run)) return <section class="card"><div class="ghost tall" /></section>;
  if (run.snapshot?.status === "done") return <section class="card"><div class="ghost tall" /></section>;
  if (run.snapshot?.status === "cancelled") return <section class="card empty"><h2>Cancelled before there was anything to show</h2><p>The settings are kept in the form.</p><button type="button" class="primary" onClick={props.onRun}>Run again</button></section>;
  return <>{props.empty}</>;
}

interface Rest {
  what: string;
  of: string; // the kind of study that it is about
  at: string;
  first: string;
}

/** What a study is about that is no data: the answers to another one, which must have been asked. */
const RESTS: Record<string, Rest> = {
  ...Object.fromEntries(["evidence", "criteria", "capacity", "attribution", "monitor"].map((kind) => [kind, { what: "the latest strategy run", of: "strategy", at: "/backtest", first: "follow a strategy" }])),
  signal_history: { what: "the signals that were given before", of: "signals", at: "/signals", first: "ask for signals" },
};

/** Whether there is something that a study can be about; as long as that is not known, there may be. */
function useThere(rests: Rest | undefined): boolean {
  const [there, setThere] = useState(true);
  useEffect(() => {
    let over = false;
    if (rests) {
      ask<Schemas["Summary"][]>("/api/runs?limit=100").then((all) => {
        if (!over) setThere(all.some((one) => one.kind === rests.of && one.status === "done"));
      }, () => undefined);
    }
    return () => { over = true; };
  }, [rests]);
  return there;
}

function Problem({ problem, kind }: { problem: Trouble; kind: string }) {
  const rests = problem.status === 422 ? RESTS[kind] : undefined;
  return <p class="problem" role="alert"><Help text={problem.message} />{rests && <>. This is about {rests.what}: <a href={rests.at}>{rests.first}</a>.</>}</p>;
}

/** What would stand here, and one button that gets it: where it is about another answer, that one comes first. */
function Empty({ title, form, about, onRun, missing }: { title: string; form: Form; about: Doc; onRun: () => void; missing: string }) {
  const rests = RESTS[form.kind];
  const there = useThere(rests);
  const named = ["source", "run", "weights", "account", "model"].some((name) => name in about);
  const prices = form.settings.some((one) => one.name === "source"); // else it asks about nothing that the sample has
  const sample = !rests && prices && !named;
  const first = rests && !there && !named && !missing ? rests : null;
  return (
    <section class="card empty">
      <Example kind={form.kind} />
      {missing
        ? <><h2>This run is not here</h2><p role="alert">{missing}. Its settings are kept in the form.</p></>
        : <><h2>{title}: not asked yet</h2><p>{form.about} {first ? `It is about ${first.what}, and there is none yet.` : rests ? <>It is about {rests.what}: <a href={rests.at}>{rests.first}</a> first.</> : sample ? "Without any change it is about the bundled sample." : ""}</p></>}
      {first
        ? <p><a class="primary button" href={first.at}>{words(first.first)}</a></p>
        : <button type="button" class="primary" onClick={onRun}>{missing ? "Run again" : sample ? "Run the sample" : "Run"}</button>}
    </section>
  );
}

/** Whether a form asks what a run was asked; `last` was the run that was the last then. */
function sameQuestion(asked: Doc, document: Doc): boolean {
  const last = document["run"] === "last" && asked["run"] !== undefined;
  return same(last ? { ...asked, run: "last" } : asked, document);
}

/** The tickers that the chosen prices have. */
function useTickers(document: Doc): readonly string[] {
  const source = document["source"];
  const file = source && typeof source === "object" && !Array.isArray(source) && source["kind"] === "uploaded" ? String(source["id"]) : "";
  const [tickers, setTickers] = useState<readonly string[]>([]);
  useEffect(() => {
    let over = false;
    const set = (all: readonly string[]): void => { if (!over) setTickers(all); };
    if (file) once<Schemas["Upload"]>(`/api/data/${file}`).then((one) => set(one.tickers), () => set([]));
    else if (source === undefined) once<Schemas["SampleTickers"]>("/api/data/sample").then((one) => set(one.tickers), () => set([]));
    else set([]);
    return () => { over = true; };
  }, [file, source === undefined]);
  return tickers;
}

/** What contradicts another limit, with the level that it needs. */
function withMend(document: Doc, mend: Mend): Doc {
  const stated = (document["constraints"] as string[] | undefined) ?? [];
  const next = mended(mend);
  if (!next) return document;
  const known = stated.includes(mend.constraint);
  return { ...document, constraints: known ? stated.map((one) => (one === mend.constraint ? next : one)) : [...stated, next] };
}

const kept = (name: string): Doc => JSON.parse(keptText(sessionStorage, name) ?? "{}") as Doc;
const keep = (name: string, document: Doc): boolean => keepText(sessionStorage, name, JSON.stringify(document));

/** What a form begins with of this browser's settings; a link that says anything is what it says. */
function begunWith(form: Schemas["StudyForm"], place: Place): Doc {
  const rate = writing().cashRate.trim();
  const fresh = !place.run && place.query.size === 0;
  return fresh && rate && form.settings.some((one) => one.name === "cash_rate") ? { cash_rate: rate } : {};
}
