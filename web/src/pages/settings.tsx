/** Colours, how numbers are written, kept lists, keys, and what there is that has no tab. */
import { useEffect, useState } from "preact/hooks";
import { type Schemas } from "../api";
import { dropList, useLists } from "../form/lists";
import { money, percent, words } from "../format";
import { pageOf, untabbed } from "../routes";
import { chooseTheme, chosenTheme, type Theme } from "../theme";
import { seen } from "../vision";
import { CURRENCIES, LOCALES, write, writing } from "../written";

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
        <Palette theme={theme} />
      </section>
      <Numbers />
      <TickerLists />
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

const COLOURS = 7;
const CLEAR = 10; // CIE76, from which two colours are told apart at a glance

/** The colours of assets as each kind of colour vision has them, and how far the closest two are apart. */
function Palette({ theme }: { theme: Theme }) {
  const [colours, setColours] = useState<readonly string[]>([]);
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    setColours(Array.from({ length: COLOURS }, (_, n) => style.getPropertyValue(`--series-${n + 1}`).trim()));
  }, [theme]);
  if (!colours.every((one) => /^#([0-9a-f]{3}){1,2}$/i.test(one)) || colours.length === 0) return null;
  return (
    <>
      <p class="small muted">The colours of assets, as they are seen, and how far the closest two are apart ({CLEAR} is clear at a glance).</p>
      <ul class="palettes">{seen(colours).map((one) => (
        <li key={one.vision}><span>{one.colours.map((colour, n) => <i key={n} class="swatch big" style={{ background: colour }} />)}</span><span class="small muted">{one.vision}: {one.least.toFixed(0)}{one.least < CLEAR ? ", too close" : ""}</span></li>
      ))}</ul>
    </>
  );
}

function Numbers() {
  const [now, setNow] = useState(writing);
  const change = (next: Partial<typeof now>): void => { write(next); setNow(writing()); };
  return (
    <section class="card" id="numbers">
      <h2>Numbers</h2>
      <div class="fields three">
        <div class="field"><label for="locale">Written as</label><select id="locale" value={now.locale} onChange={(e) => change({ locale: e.currentTarget.value })}>{LOCALES.map(([one, example]) => <option key={one} value={one}>{example}</option>)}</select></div>
        <div class="field"><label for="currency">Sign before money</label><select id="currency" value={now.currency} onChange={(e) => change({ currency: e.currentTarget.value })}><option value="">none</option>{CURRENCIES.map((one) => <option key={one}>{one}</option>)}</select></div>
        <div class="field"><label for="cash-rate">Cash rate that forms begin with</label><input id="cash-rate" placeholder="as usual" value={now.cashRate} onInput={(e) => change({ cashRate: e.currentTarget.value })} /></div>
      </div>
      <p class="foot">For example {money(-1234567.5, 2)} and {percent(0.1234)}. Nothing is converted: money is in the currency of the prices, whatever sign stands before it. Fields, files and reports keep to 1,234.5.</p>
    </section>
  );
}

function TickerLists() {
  const lists = useLists();
  const names = Object.keys(lists).sort();
  return (
    <section class="card" id="lists">
      <h2>Lists of tickers</h2>
      {names.length === 0 ? <p class="nothing">None is kept yet: below a box of tickers, <i>Keep as a list</i>.</p> : (
        <ul class="plain-list">{names.map((one) => <li key={one}><b>{one}</b> <span class="muted small">{lists[one]!.join(", ")}</span> <button type="button" class="link" aria-label={`Delete the list ${one}`} onClick={() => dropList(one)}>Delete</button></li>)}</ul>
      )}
      <p class="foot">They are kept in this browser, and offered below every box of tickers.</p>
    </section>
  );
}
