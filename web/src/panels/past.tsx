/** Past forecasts of one asset in a picture, with what happened. */
import { useCallback, useMemo } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { cameOf, pastOption, pastSays, pastStops } from "../charts/past";
import { percent } from "../format";

type Past = Schemas["PastForecasts"];
type Asset = Past["assets"][number];

const USUAL = 21; // sessions, shown first
const ENOUGH = 3; // outcomes, from which there is a picture

/** The record over a horizon, or over the usual one, and that of an asset in it, or of the first. */
export function pastFor(past: readonly Past[], over: number, chosen: string) {
  const one = past.find((each) => each.horizon === over) ?? past.find((each) => each.horizon === USUAL) ?? past[0];
  const tickers = (one?.assets ?? []).map((each) => each.ticker).sort();
  const ticker = tickers.includes(chosen) ? chosen : (tickers[0] ?? "");
  return { one, tickers, ticker, asset: one?.assets.find((each) => each.ticker === ticker) };
}

/** Whether enough outcomes are known. */
export const isDrawn = (one: Past, asset: Asset): boolean => cameOf(one.sessions, asset).length >= ENOUGH;

export function PastPicture({ one, asset }: { one: Past; asset: Asset }) {
  const came = useMemo(() => cameOf(one.sessions, asset), [one, asset]);
  const draw: Draw = useCallback((look) => pastOption(came, look), [came]);
  const says = `${asset.ticker}: ${pastSays(asset, one.level)}`;
  return (
    <>
      <p class="which">{says}</p>
      {came.length >= ENOUGH
        ? <>
          <p class="legend lines"><span><i class="swatch interval-swatch" />{percent(one.level, 0)} interval</span><span><i class="dash dash-accent" />forecast</span><span><i class="dot-mark" />what happened</span><span><i class="dot-mark out" />outside</span></p>
          <Chart draw={draw} stops={pastStops(came)} says={says} name="past-forecasts" height={280} />
        </>
        : <p class="nothing">Too few outcomes are known for a picture.</p>}
    </>
  );
}
