/** Colours, keys, and what there is that has no tab. */
import { useEffect, useState } from "preact/hooks";
import { type Schemas } from "../api";
import { words } from "../format";
import { pageOf, untabbed } from "../routes";
import { chooseTheme, chosenTheme, type Theme } from "../theme";

export const KEYS: readonly [string, string][] = [
  ["Ctrl + Enter", "run"], ["Esc", "cancel the run, or close a list"], ["/", "go to the tickers"], ["g then t, o, s, f, b, p, d", "go to Today, Optimise, Simulate, Forecasts, Backtest, Portfolios, Data"],
  ["← → ↑ ↓", "walk through a picture that has the focus: each value is said, as under the pointer"], ["Home, End, Page Up, Page Down", "its ends, and a tenth of it"], ["t", "a panel as a table, and back"], ["?", "this list"],
];

const THEMES: readonly [Theme, string][] = [["system", "As the system has them"], ["light", "Light"], ["dark", "Dark"]];

export function SettingsPage({ studies }: { studies: readonly Schemas["StudyLine"][] }) {
  const [theme, setTheme] = useState(chosenTheme);
  useEffect(() => { document.title = "Settings · Forefolio"; }, []);
  const others = untabbed(studies.map((one) => one.kind));
  return (
    <main class="page narrow-page" id="main">
      <h1>Settings</h1>
      <section class="card">
        <fieldset><legend>Colours</legend>
          {THEMES.map(([one, word]) => <label key={one} class="radio"><input type="radio" name="theme" checked={theme === one} onChange={() => { chooseTheme(one); setTheme(one); }} />{word}</label>)}
        </fieldset>
        <p class="palette" aria-label="The colours of assets">{Array.from({ length: 7 }, (_, n) => <i key={n} class="swatch big" style={{ background: `var(--series-${n + 1})` }} />)}<span class="muted small">told apart with any colour vision</span></p>
      </section>
      <section class="card" id="keys">
        <h2>Keys</h2>
        <table class="plain"><tbody>{KEYS.map(([key, what]) => <tr key={key}><th scope="row"><kbd>{key}</kbd></th><td>{what}</td></tr>)}</tbody></table>
      </section>
      <section class="card">
        <h2>Everything that can be asked</h2>
        <ul>{studies.map((one) => <li key={one.kind}><a href={one.kind === "today" ? "/" : `/${pageOf(one.kind)}`}>{words(one.kind)}</a>: {one.about}{others.includes(one.kind) ? " (new here)" : ""}</li>)}</ul>
        <p class="foot"><a href="/api/docs">The API, offline</a></p>
      </section>
    </main>
  );
}
