/** What was forecast of an asset before, beside what happened. */
import { useCallback, useMemo, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { cameOf, pastOption, pastSays, pastStops } from "../charts/past";
import { count, horizon, percent, signed } from "../format";
import type { Elsewhere } from "../panels/asked";
import { Panel } from "../panels/panel";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

const USUAL = 21; // sessions, shown first
const ENOUGH = 3; // outcomes, from which there is a picture

interface Props {
  past: readonly Schemas["PastForecasts"][];
  asked?: ResultProps["asked"];
  elsewhere?: Elsewhere; // where it is no answer of the page's own
  only?: string; // the ticker, where the page is of one
}

export function Past({ past, asked, elsewhere, only }: Props) {
  const [over, setOver] = useState(0);
  const [chosen, setChosen] = useState("");
  const one = past.find((each) => each.horizon === over) ?? past.find((each) => each.horizon === USUAL) ?? past[0];
  const tickers = useMemo(() => (one?.assets ?? []).map((each) => each.ticker).sort(), [one]);
  const ticker = only ?? (tickers.includes(chosen) ? chosen : (tickers[0] ?? ""));
  const asset = one?.assets.find((each) => each.ticker === ticker);
  const came = useMemo(() => (one && asset ? cameOf(one.sessions, asset) : []), [one, asset]);
  const draw: Draw = useCallback((look) => pastOption(came, look), [came]);
  if (!one || !asset) return null;
  const says = pastSays(asset, one.level);
  const sheet = { columns: ["After", "Low", "Forecast", "High", "What happened", "Inside"], rows: came.map((each) => [each.day, each.low, each.mean, each.high, each.outcome, each.inside ? "yes" : "no"]) };
  return (
    <Panel title={TITLES.past} name="past-forecasts" picture={came.length >= ENOUGH} asked={asked} elsewhere={elsewhere} sheet={sheet} format={(x) => signed(x, 2)}
      note={`Out of sample, over ${horizon(one.horizon)}; outcomes do not overlap. ${came.length < asset.known ? `The latest ${came.length} are drawn, all ${count(asset.known)} are counted. ` : ""}An interval that holds far fewer promises too much; one that holds far more is wider than it need be.`}
      tools={<>
        {!only && <label class="inline">Of <select value={ticker} onChange={(e) => setChosen(e.currentTarget.value)}>{tickers.map((each) => <option key={each}>{each}</option>)}</select></label>}
        {past.length > 1 && <label class="inline">Over <select value={one.horizon} onChange={(e) => setOver(Number(e.currentTarget.value))}>{past.map((each) => <option key={each.horizon} value={each.horizon}>{horizon(each.horizon)}</option>)}</select></label>}
      </>}>
      <p class="which">{ticker}: {says}</p>
      {came.length >= ENOUGH
        ? <>
          <p class="legend lines"><span><i class="swatch interval-swatch" />{percent(one.level, 0)} interval</span><span><i class="dash dash-accent" />forecast</span><span><i class="dot-mark" />what happened</span><span><i class="dot-mark out" />outside</span></p>
          <Chart draw={draw} stops={pastStops(came)} says={`${ticker}: ${says}`} name="past-forecasts" height={280} />
        </>
        : <p class="nothing">Too few outcomes are known for a picture.</p>}
    </Panel>
  );
}
