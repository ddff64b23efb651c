/** Prices of one's own: a file is dropped here, looked at, and used from then on; and what else there is. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, type Doc, type Json, type Schemas, start, type Trouble } from "../api";
import { toQuery } from "../form/address";
import { uploadName, useUploads } from "../form/source";
import { count, words } from "../format";
import { keptElsewhere, withFile } from "../panels/asked";
import { Panel } from "../panels/panel";
import { LongTable } from "../panels/rows";
import { go } from "../router";
import { together, whose } from "./findings";

type Upload = Schemas["Upload"];

export function DataPage() {
  const [version, setVersion] = useState(0);
  const [fresh, setFresh] = useState<Upload | null>(null);
  const uploads = useUploads(version);
  useEffect(() => { document.title = "Data · Forefolio"; }, []);
  const forget = async (id: string): Promise<void> => {
    await ask(`/api/data/${id}`, { method: "DELETE" }).catch(() => undefined);
    if (fresh?.id === id) setFresh(null);
    setVersion(version + 1);
  };
  return (
    <main class="page" id="main">
      <h1>Data</h1>
      <div class="two even">
        <Dropping onUploaded={(one) => { setFresh(one); setVersion(version + 1); }} />
        <section class="card" aria-label="What else there is">
          <header><h2>What else there is</h2></header>
          <p>The <b>bundled sample</b>: closes of 20 US shares from 1990 to 2022, an index, rates, inflation and the VIX. It came with the package and needs no network.</p>
          <p><a href="/quality">Look at the quality of prices</a>: missing days, jumps, errors, and what is done about each.</p>
          <p><a href="/refresh">Fetch prices from a provider</a>, and keep them here.</p>
        </section>
      </div>
      {fresh && <Looked upload={fresh} />}
      <Panel title="My files" elsewhere={keptElsewhere("/api/data", "forefolio data list")}>
        {uploads === null ? <div class="ghost short" /> : uploads.length === 0 ? <p class="nothing">No file was uploaded yet.</p> : (
          <LongTable label="My files" rows={uploads} columns={[{ word: "File" }, { word: "From" }, { word: "To" }, { word: "Sessions", class: "num" }, { word: "Findings", class: "num" }, { word: "Actions", unseen: true }]}
            cells={(one) => [uploadName(one), String(one.first), String(one.last), count(one.sessions), String(together(one.findings).length), ""]}
            row={(one) => (
              <tr key={one.id}>
                <th scope="row">{uploadName(one)}</th><td>{one.first}</td><td>{one.last}</td><td class="num">{count(one.sessions)}</td><td class="num">{together(one.findings).length}</td>
                <td class="num"><button type="button" class="link" onClick={() => use(one)}>Use</button> <button type="button" class="link" onClick={() => setFresh(one)}>Look</button> <button type="button" class="link" onClick={() => void forget(one.id)}>Forget</button></td>
              </tr>
            )} />
        )}
      </Panel>
    </main>
  );
}

const ENOUGH = 504; // sessions that a study asks of an asset unless another number is given

/** What is asked of a file: of a short one fewer sessions. */
const questionOf = (one: Upload): Doc => ({
  source: one.source as unknown as Json,
  ...(one.sessions < ENOUGH ? { minimum_sessions: Math.max(2, Math.floor(one.sessions / 2)) } : {}),
});

const use = (one: Upload): void => go(`/optimise?${toQuery(questionOf(one))}`);

/** Its frontier is drawn at once; what speaks against it is said beside the form. */
async function draw(one: Upload): Promise<void> {
  const run = await start("optimize/frontier", questionOf(one)).catch(() => "");
  if (run) go(`/optimise/${run}?${toQuery(questionOf(one))}`);
  else use(one);
}

const NAMED = /^(upload [0-9a-f]{8}|the file): /i; // what the service calls a file whose name it does not keep
const READ = ".csv,.txt,.gz,.xlsx,.xls,.ods,.parquet,text/csv";

function Dropping({ onUploaded }: { onUploaded: (one: Upload) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [said, setSaid] = useState("");
  const [wrong, setWrong] = useState("");
  const send = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    setWrong("");
    setSaid(`Reading ${file.name} …`);
    const form = new FormData();
    form.append("file", file);
    try {
      onUploaded(await ask<Upload>("/api/data", { method: "POST", body: form }));
      setSaid(`${file.name} can be used.`);
    } catch (problem) {
      setSaid("");
      setWrong(`${file.name}: ${(problem as Trouble).message.replace(NAMED, "")}`);
    }
    if (input.current) input.current.value = "";
  };
  return (
    <section class={over ? "card drop over" : "card drop"} aria-label="Upload prices"
      onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
      onDrop={(e) => { e.preventDefault(); setOver(false); void send(e.dataTransfer?.files[0]); }}>
      <header><h2>Upload prices</h2></header>
      <p>A CSV, Excel or Parquet file: a column of dates and one of prices for each asset, or rows of date, ticker and close. It stays on this machine.</p>
      <label class="primary file">Choose a file<input ref={input} type="file" accept={READ} onChange={(e) => void send(e.currentTarget.files?.[0])} /></label>
      <p class="small muted">or drop it here</p>
      <p class="small" role="status">{said}</p>
      {wrong && <p class="problem" role="alert">{wrong}</p>}
    </section>
  );
}

const LISTED = 12; // findings in sentences; the table has all

function Looked({ upload }: { upload: Upload }) {
  const found = together(upload.findings);
  const sheet = { columns: ["Asset", "What", "Then", "Severity", "Rows"], rows: upload.findings.map((one) => [one.ticker, one.message, one.action, one.severity, one.rows]) };
  return (
    <Panel title="What is in the file" name="quality" elsewhere={keptElsewhere(`/api/data/${upload.id}`, withFile("forefolio data quality", { source: upload.source as Json }))} {...(upload.findings.length ? { sheet } : {})} tools={<button type="button" class="use" onClick={() => void draw(upload)}>Draw its frontier</button>}>
      <p class="which">{upload.tickers.length} assets, {count(upload.sessions)} sessions from {upload.first} to {upload.last}; {count(upload.rows_kept)} of {count(upload.rows)} rows can be used.</p>
      <p class="small">{upload.tickers.slice(0, 60).join(", ")}{upload.tickers.length > 60 ? ` and ${upload.tickers.length - 60} more` : ""}</p>
      {Object.entries(upload.refused).map(([name, reason]) => <p key={name} class="caution">{name} cannot be used: {reason}</p>)}
      {upload.findings.length === 0 ? <p class="muted">Nothing is wrong with it.</p> : (
        <ul class="findings">{found.slice(0, LISTED).map((one, n) => <li key={n}><b>{whose(one.tickers, upload.tickers.length)}</b> {one.message} <span class="muted">{words(one.action)}</span></li>)}</ul>
      )}
      {found.length > LISTED && <p class="foot">{count(found.length - LISTED)} more are in the table.</p>}
    </Panel>
  );
}
