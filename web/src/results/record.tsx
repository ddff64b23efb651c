/** What a record rests on: where its return came from, the day it was rebalanced on, the forecasts. */
import { useState } from "preact/hooks";
import type { Schemas } from "../api";
import { count, horizon, type Maybe, percent, ratio } from "../format";
import { PartBars } from "../panels/bars";
import { Interval, rangeOf } from "../panels/interval";
import { Panel } from "../panels/panel";
import { layerBars, layerName, layersRest, returnBars, returnRest } from "../panels/parts";
import { stop, Walk } from "../panels/walk";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

type Parts = Schemas["ReturnAttribution"];
type Asked = ResultProps["asked"];

/** Parts of the annual return; with interest and costs they add up to it. */
export function Sources({ parts, asked }: { parts: Parts; asked: Asked }) {
  const sectors = parts.sectors ?? [];
  const [by, setBy] = useState<"assets" | "sectors">(sectors.length ? "sectors" : "assets");
  const all = by === "sectors" ? sectors : parts.assets;
  const sheet = { columns: ["Part", "Return a year", "Mean weight"], rows: [...all, ...returnRest(parts)].map((one) => [one.name, one.annual, one.weight] as (string | number | null)[]) };
  return (
    <Panel title={TITLES.returns} name="return-sources" asked={asked} sheet={sheet} format={(x) => percent(x, 2)}
      tools={sectors.length > 0 && <label class="inline">By <select value={by} onChange={(e) => setBy(e.currentTarget.value as typeof by)}><option value="sectors">sectors</option><option value="assets">assets</option></select></label>}
      note={`Parts of the return of ${percent(parts.annual_return)} a year, after costs: all of them add up to it.`}>
      <PartBars drawn={returnBars(parts, by)} />
    </Panel>
  );
}

/** What each layer of the decisions was expected to earn, and what luck added or took. */
export function Layers({ layers, asked }: { layers: Schemas["ReturnLayers"]; asked: Asked }) {
  const sheet = { columns: ["Layer", "Expected a year", "Luck a year", "Realised a year", "t"], rows: [...layers.layers.map((one) => [layerName(one.name), one.expected, one.luck, one.realised, one.t]), ...layersRest(layers).map((one) => [one.name, one.expected, one.luck, one.realised, null])] as (string | number | null)[][] };
  return (
    <Panel title={TITLES.layers} name="layers" asked={asked} sheet={sheet} format={(x, c) => (c === 4 ? ratio(x) : percent(x, 2))}
      note={`Parts of the return of ${percent(layers.annual_return)} a year after costs: ${percent(layers.expected)} was expected of the decisions, by ${layers.expected_by}; ${percent(layers.luck)} came beyond it${typeof layers.luck_t === "number" ? ` (t ${ratio(layers.luck_t, 1)})` : ""}.`}>
      <PartBars drawn={layerBars(layers)} />
    </Panel>
  );
}

/** The same strategy with its calendar begun on other days: how much of the record was the day. */
export function Offsets({ offsets, record, asked }: { offsets: Schemas["OffsetRecord"]; record: Schemas["Record"]; asked: Asked }) {
  const rows: readonly [string, Schemas["Spread"], Maybe, (x: Maybe) => string][] = [
    ["Sharpe ratio", offsets.sharpe, record.sharpe, (x) => ratio(x)],
    ["Volatility a year", offsets.annual_volatility, record.annual_volatility, (x) => percent(x)],
    ["Maximum drawdown", offsets.max_drawdown, record.max_drawdown, (x) => percent(x)],
  ];
  const sheet = { columns: ["Measure", "Least", "Median", "Greatest", "This record"], rows: rows.map(([name, spread, own]) => [name, spread.least, spread.median, spread.greatest, own ?? null] as (string | number | null)[]) };
  return (
    <Panel title="Was it the day?" name="other-days" asked={asked} sheet={sheet} format={(x) => ratio(x, 4)}
      note={`The same strategy on ${offsets.offsets} calendars that begin on other days, since ${offsets.first}. Bar: from the least to the greatest. Dotted line: the middle. Dot: this record. A short bar: it was not the day.`}>
      <Walk label="On other days"><ul class="judged plain">
        {rows.map(([name, spread, own, write]) => (
          <li key={name} {...stop(`${name}: ${write(own)} in this record, ${write(spread.least)} to ${write(spread.greatest)} on other days`)}>
            <div class="about"><b>{name}</b></div>
            <div class="picture"><Interval low={spread.least} high={spread.greatest} value={own} range={rangeOf([0, spread.least, spread.greatest, own])} marks={[{ at: 0, kind: "zero" }, { at: spread.median, kind: "naive" }]} /></div>
            <dl><div><dt>this record</dt><dd>{write(own)}</dd></div><div><dt>on other days</dt><dd>{write(spread.least)} to {write(spread.greatest)}</dd></div></dl>
          </li>
        ))}
      </ul></Walk>
    </Panel>
  );
}

/** What skill the forecasts showed, and how far that moved the weights. */
export function Tilt({ tilt, asked }: { tilt: Schemas["TiltRecord"]; asked: ResultProps["asked"] }) {
  const trusted = tilt.belief > 0;
  return (
    <Panel title="What the forecasts moved" name="tilt" asked={asked}>
      <p class="lead-line">{trusted ? `Forecasts move ${percent(tilt.moved)} of the weights.` : "Forecasts move none of the weights: they have not shown enough skill."}</p>
      <p class="foot">
        Rank correlation of forecasts over {horizon(tilt.horizon)} and what happened: {ratio(tilt.rank_ic, 3)} ± {ratio(tilt.rank_ic_se, 3)}, out of sample;
        from 0, no skill, to 1. Believed now: {percent(tilt.belief, 0)}. At {count(tilt.believed)} of {count(tilt.decisions)} past decisions they were believed at all.
      </p>
    </Panel>
  );
}
