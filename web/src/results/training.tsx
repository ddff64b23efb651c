/** How the models learnt that learn in passes over their data: while they are fitted, and when all are. */
import { useCallback, useState } from "preact/hooks";
import type { Schemas } from "../api";
import { Chart, type Draw } from "../charts/chart";
import { lossOption, lossSays, lossStops } from "../charts/losses";
import { horizon, modelWords, ratio, words } from "../format";
import { Panel } from "../panels/panel";
import { useAlone } from "../panels/standing";
import { TITLES } from "../titles";
import type { ResultProps } from ".";

interface Learnt {
  model: string;
  horizon: number;
  losses?: Schemas["EpochLoss"][];
}

const nameOf = (one: Learnt): string => `${words(modelWords(one.model))}, ${horizon(one.horizon)}`;

export function TrainingView({ run, asked }: ResultProps) {
  const { models } = run.result as Schemas["TrainingResult"];
  return <Losses learnt={models} asked={asked} />;
}

export function TrainingSoFar({ run, asked }: ResultProps) {
  return <Losses learnt={run.curves} asked={asked} />;
}

function Losses({ learnt, asked }: { learnt: readonly Learnt[]; asked: ResultProps["asked"] }) {
  const shown = learnt.filter((one) => (one.losses ?? []).length > 0);
  const [chosen, setChosen] = useState("");
  const alone = useAlone();
  const one = shown.find((each) => nameOf(each) === chosen) ?? shown[0];
  const losses = one?.losses ?? [];
  const draw: Draw = useCallback((look) => lossOption(losses, look), [losses]);
  if (!one) {
    return (
      <Panel title={TITLES.losses} asked={asked}>
        <p class="nothing">Neural nets learn in passes over their data, and their error after each stands here. None of these models is one.{!alone && <> <a class="button" href="/training?models=lstm">Train an LSTM</a></>}</p>
      </Panel>
    );
  }
  const sheet = { columns: ["Pass", "Training", "Validation"], rows: losses.map((each) => [each.epoch, each.training, each.validation]) };
  return (
    <Panel title={TITLES.losses} name="losses" picture asked={asked} sheet={sheet} format={(x, c) => (c === 0 ? String(x) : ratio(x, 4))}
      tools={<label class="inline">Of <select value={nameOf(one)} onChange={(e) => setChosen(e.currentTarget.value)}>{shown.map((each) => <option key={nameOf(each)}>{nameOf(each)}</option>)}</select></label>}
      note="Mean squared error, in units of the squared volatility: training of all horizons together, validation of this one on later sessions, which the model is not fitted to. An error that falls on the first and rises on the second is learning by heart.">
      <p class="which">{lossSays(losses)}</p>
      <p class="legend lines"><span><i class="dash" />training</span><span><i class="dash dash-2" />validation</span></p>
      <Chart draw={draw} stops={lossStops(losses)} says={`${nameOf(one)}: ${lossSays(losses)}`} name="losses" height={260} />
    </Panel>
  );
}
