import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { once, post, type Schemas } from "./api";
import { ComparePage } from "./pages/compare";
import { DataPage } from "./pages/data";
import { PortfoliosPage } from "./pages/portfolios";
import { SettingsPage } from "./pages/settings";
import { StudyPage } from "./pages/study";
import { TodayPage } from "./pages/today";
import { lazily } from "./lazy";
import { Tips } from "./panels/tips";
import { Tray } from "./panels/tray";
import { followed, go, type Place, usePlace } from "./router";
import { entryAt, TABS, tabOf } from "./routes";
import { chooseTheme, chosenTheme, nextTheme, type Theme } from "./theme";
import "./style.css";

const TickerPage = lazily(async () => (await import("./pages/ticker")).TickerPage);

type Studies = readonly Schemas["StudyLine"][];

const GO: Record<string, string> = { t: "/", o: "/optimise", s: "/simulate", f: "/forecasts", b: "/backtest", p: "/portfolios", d: "/data" };

function App() {
  const place = usePlace();
  const [studies, setStudies] = useState<Studies | null>(null);
  const [signedOut, setSignedOut] = useState(false);
  useEffect(() => {
    const out = (): void => setSignedOut(true);
    addEventListener("signed-out", out);
    document.addEventListener("click", followed);
    once<Studies>("/api/studies").then(setStudies, () => setStudies([]));
    return () => {
      removeEventListener("signed-out", out);
      document.removeEventListener("click", followed);
    };
  }, []);
  useEffect(() => {
    let g = 0;
    const key = (e: KeyboardEvent): void => {
      const typing = e.target instanceof HTMLElement && e.target.matches("input, textarea, select");
      if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
      if (e.key === "?") go("/settings#keys");
      else if (e.key === "g") g = Date.now();
      else if (Date.now() - g < 1500 && GO[e.key]) { g = 0; go(GO[e.key]!); }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  return (
    <>
      <a class="skip" href="#main">Skip to content</a>
      <Header place={place} />
      <Tips />
      {signedOut ? <SignIn /> : <Shown place={place} studies={studies} />}
    </>
  );
}

function Shown({ place, studies }: { place: Place; studies: Studies | null }) {
  const { page } = place;
  if (page === "" || page === "today") return <TodayPage place={place} />;
  if (page === "ticker") return <TickerPage place={place} />;
  if (page === "compare") return <ComparePage place={place} />;
  if (page === "portfolios") return <PortfoliosPage place={place} />;
  if (page === "data") return <DataPage />;
  if (page === "settings") return <SettingsPage studies={studies ?? []} />;
  const entry = entryAt(page, (studies ?? []).map((one) => one.kind));
  if (entry) return <StudyPage entry={entry} tab={tabOf(page)} place={place} />;
  if (studies === null) return <main class="page" id="main"><div class="ghost tall" /></main>;
  return (
    <main class="page" id="main"><h1>There is no such page</h1><p>The address may be of another version. Go to <a href="/">Today</a>, <a href="/optimise">Optimise</a> or <a href="/portfolios">the history</a>.</p></main>
  );
}

function Header({ place }: { place: Place }) {
  const [theme, setTheme] = useState<Theme>(chosenTheme);
  const own = tabOf(place.page);
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => { // on a phone the tabs are wider than the screen
    const on = tabs.current?.querySelector<HTMLElement>("[aria-current]");
    if (on && tabs.current) tabs.current.scrollLeft = on.offsetLeft - tabs.current.offsetLeft - (tabs.current.clientWidth - on.offsetWidth) / 2;
  }, [place.page]);
  const link = (to: string, word: string, on: boolean) => <a key={to} href={to} {...(on ? { "aria-current": "page" as const } : {})}>{word}</a>;
  const turn = (): void => {
    const next = nextTheme(theme);
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <header class="top">
      <a class="brand" href="/"><img src="/favicon.svg" width="26" height="26" alt="Forefolio" /><span class="name" aria-hidden="true">Forefolio</span></a>
      <nav aria-label="Pages" ref={tabs}>
        {link("/", "Today", place.page === "" || place.page === "today")}
        {TABS.map((tab) => link(`/${tab.entries[0]!.page}`, tab.word, tab === own))}
        {link("/portfolios", "Portfolios", ["portfolios", "compare"].includes(place.page))}
        {link("/data", "Data", ["data", "quality", "refresh"].includes(place.page))}
      </nav>
      <Tray />
      <a class="theme" href="/settings" aria-label="Settings and keys"><svg viewBox="0 0 20 20" width="17" height="17" aria-hidden="true"><path d="M4 6h8M16 6h0M4 14h2M10 14h6" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" /><circle cx="14" cy="6" r="2" fill="none" stroke="currentColor" stroke-width="1.6" /><circle cx="8" cy="14" r="2" fill="none" stroke="currentColor" stroke-width="1.6" /></svg></a>
      <button type="button" class="theme" onClick={turn} aria-label={`Colours: ${theme}; change`} title={`Colours: ${theme}`}>{theme === "system" ? "◐" : theme === "light" ? "☀" : "☾"}</button>
    </header>
  );
}

function SignIn() {
  const [token, setToken] = useState("");
  const [wrong, setWrong] = useState("");
  const send = (e: Event): void => {
    e.preventDefault();
    post("/api/session", { token }).then(() => location.reload(), (problem: Error) => setWrong(problem.message));
  };
  return (
    <main class="page narrow-page" id="main">
      <form class="card sign-in" onSubmit={send}>
        <h1>Sign in</h1>
        <p>This service asks for its token. Whoever started it knows it.</p>
        <label for="token">Token</label>
        <input id="token" type="password" autocomplete="current-password" required value={token} onInput={(e) => setToken(e.currentTarget.value)} />
        {wrong && <p class="problem" role="alert">{wrong}</p>}
        <button class="primary">Sign in</button>
      </form>
    </main>
  );
}

render(<App />, document.getElementById("app")!);
