/** A ticker, as a link to all that is known of it. */
import { useAlone } from "./standing";

/** The page of a ticker; a run names the prices that it is shown with. */
export const tickerAddress = (ticker: string, run: string | null = null): string =>
  `/ticker/${encodeURIComponent(ticker)}${run ? `?run=${run}` : ""}`;

export const TickerLink = ({ ticker, run }: { ticker: string; run?: string | null | undefined }) =>
  (useAlone() ? <>{ticker}</> : <a class="ticker" href={tickerAddress(ticker, run)}>{ticker}</a>);
