/** What each stress does to the portfolio, in per cent and in money, and through which assets. */
import { useState } from "preact/hooks";
import type { Schemas } from "../api";
import { money, signed } from "../format";
import { Bars, PartBars } from "../panels/bars";
import { effectBars } from "../panels/parts";
import { stressBars, titled } from "../panels/stresses";
import { CapitalField, useCapital } from "../panels/capital";
import { Panel } from "../panels/panel";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

type Stressed = Schemas["Stressed"];

export function StressView({ run, asked }: ResultProps) {
  const { stresses } = run.result as Schemas["PortfolioStress"];
  const [capital, setCapital] = useCapital();
  const worst = [...stresses].sort((a, b) => b.loss - a.loss);
  const [chosen, setChosen] = useState(worst[0]?.name ?? "");
  const one = stresses.find((each) => each.name === chosen);
  const sheet = { columns: ["Stress", "Return", "Money", "Verdict"], rows: worst.map((each) => [each.name, -each.loss, -each.loss * capital, each.verdict]) };
  return (
    <div class="two even">
      <Panel title={TITLES.stresses} name="stresses" asked={asked} sheet={sheet} format={(x, c) => (c === 1 ? signed(x, 2) : money(x))}
        tools={<CapitalField capital={capital} onChange={setCapital} />} note="Return and money over the whole stress, dividends as in the prices.">
        <Bars label="Stress" bars={stressBars(stresses, capital)} headings={["Return", "Money"]} />
      </Panel>
      {one && (
        <Panel title="Through which assets" asked={asked} sheet={assetSheet(one)} format={(x) => signed(x, 2)}>
          <label class="inline">Stress <select value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>{worst.map((each) => <option key={each.name} value={each.name}>{titled(each.name)}</option>)}</select></label>
          <p class="which">{titled(one.verdict)}.</p>
          <PartBars drawn={effectBars(one)} />
        </Panel>
      )}
    </div>
  );
}

const assetSheet = (one: Stressed) => ({ columns: ["Asset", "Effect", "Own move"], rows: one.assets.map((each) => [each.ticker, each.effect, each.move]) });
