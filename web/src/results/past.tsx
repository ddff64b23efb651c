/** What was forecast of an asset before, beside what happened. */
import { useMemo, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { cameOf } from "../charts/past";
import { count, horizon, signed } from "../format";
import type { Elsewhere } from "../panels/asked";
import { Panel } from "../panels/panel";
import { isDrawn, PastPicture, pastFor } from "../panels/past";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

interface Props {
  past: readonly Schemas["PastForecasts"][];
  asked?: ResultProps["asked"];
  elsewhere?: Elsewhere; // where it is no answer of the page's own
  only?: string; // the ticker, where the page is of one
}

export function Past({ past, asked, elsewhere, only }: Props) {
  const [over, setOver] = useState(0);
  const [chosen, setChosen] = useState("");
  const { one, tickers, ticker, asset } = pastFor(past, over, only ?? chosen);
  const came = useMemo(() => (one && asset ? cameOf(one.sessions, asset) : []), [one, asset]);
  if (!one || !asset || (only && ticker !== only)) return null;
  const sheet = { columns: ["After", "Low", "Forecast", "High", "What happened", "Inside"], rows: came.map((each) => [each.day, each.low, each.mean, each.high, each.outcome, each.inside ? "yes" : "no"]) };
  return (
    <Panel title={TITLES.past} name="past-forecasts" picture={isDrawn(one, asset)} asked={asked} elsewhere={elsewhere} sheet={sheet} format={(x) => signed(x, 2)}
      note={`Out of sample, over ${horizon(one.horizon)}; outcomes do not overlap. ${came.length < asset.known ? `The latest ${came.length} are drawn, all ${count(asset.known)} are counted. ` : ""}An interval that holds far fewer promises too much; one that holds far more is wider than it need be.`}
      tools={<>
        {!only && <label class="inline">Of <select value={ticker} onChange={(e) => setChosen(e.currentTarget.value)}>{tickers.map((each) => <option key={each}>{each}</option>)}</select></label>}
        {past.length > 1 && <label class="inline">Over <select value={one.horizon} onChange={(e) => setOver(Number(e.currentTarget.value))}>{past.map((each) => <option key={each.horizon} value={each.horizon}>{horizon(each.horizon)}</option>)}</select></label>}
      </>}>
      <PastPicture one={one} asset={asset} />
    </Panel>
  );
}
