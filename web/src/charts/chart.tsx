/** A chart: drawn as SVG, redrawn when its box, its data or the colours change, said in a sentence, walked by arrow keys. */
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { DataZoomInsideComponent, DataZoomSliderComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef, useState } from "preact/hooks";
import { useTheme } from "../theme";
import { type Look, lookOf } from "./look";
import { type Stop, stepped } from "./walk";

echarts.use([BarChart, LineChart, ScatterChart, GridComponent, TooltipComponent, MarkAreaComponent, MarkLineComponent, DataZoomInsideComponent, DataZoomSliderComponent, SVGRenderer]);

export type Option = echarts.EChartsCoreOption;
export type Draw = (look: Look, width: number, height: number) => Option;

interface Props {
  draw: Draw;
  says: string; // what it shows, in one sentence made from the data
  name: string; // of a file with the picture
  height?: number;
  stops?: readonly Stop[]; // where arrow keys lead; without them whoever holds the chart has the keys
  onPointer?: (x: number, y: number, clicked: boolean) => boolean; // whether something is there
  onLeave?: () => void;
  group?: string; // pictures of one group show one part of the time, and one day under the pointer
}

interface Zoom {
  startValue?: unknown;
  endValue?: unknown;
  start?: number;
  end?: number;
}

interface Kept {
  asked: string;
  zoom: Zoom | null;
}

/** The part that a reader chose stays until another one is asked for. */
function withKept(option: Option, kept: Kept): Option {
  const zooms = option["dataZoom"] as Zoom[] | undefined;
  if (!zooms) return option;
  const asked = `${zooms[0]?.startValue} ${zooms[0]?.endValue}`;
  if (asked !== kept.asked) Object.assign(kept, { asked, zoom: null });
  const { zoom } = kept;
  return zoom ? { ...option, dataZoom: zooms.map(({ startValue: _, endValue: __, ...rest }) => ({ ...rest, ...zoom })) } : option;
}

const AXES = { xAxisIndex: 0, yAxisIndex: 0 };

export function Chart({ draw, says, name, height = 320, stops, onPointer, onLeave, group }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const latest = useRef({ draw, onPointer, onLeave });
  latest.current = { draw, onPointer, onLeave };
  const kept = useRef<Kept>({ asked: "", zoom: null });
  const theme = useTheme();
  const [at, setAt] = useState<number | null>(null);

  const redraw = (): void => {
    const made = chart.current;
    if (!made || made.getWidth() === 0) return;
    const look = lookOf(document.documentElement);
    made.setOption({ animation: false, backgroundColor: look.surface, ...withKept(latest.current.draw(look, made.getWidth(), made.getHeight()), kept.current) }, true);
  };
  useEffect(() => {
    const made = echarts.init(box.current!, null, { renderer: "svg" });
    chart.current = made;
    const sizes = new ResizeObserver(() => { made.resize(); redraw(); });
    sizes.observe(box.current!);
    if (group) {
      made.group = group;
      echarts.connect(group);
    }
    made.on("datazoom", () => {
      const [zoom] = (made.getOption() as { dataZoom: Zoom[] }).dataZoom;
      kept.current.zoom = { start: zoom!.start ?? 0, end: zoom!.end ?? 100 };
    });
    const zr = made.getZr();
    const point = (clicked: boolean) => (e: { offsetX: number; offsetY: number }): void => {
      if (latest.current.onPointer) zr.setCursorStyle(latest.current.onPointer(e.offsetX, e.offsetY, clicked) ? "pointer" : "default");
    };
    zr.on("mousemove", point(false));
    zr.on("click", point(true));
    zr.on("globalout", () => latest.current.onLeave?.());
    return () => { sizes.disconnect(); made.dispose(); };
  }, []);
  useEffect(redraw, [draw, theme]);

  const picture = <div class="chart" ref={box} role="img" aria-label={says} data-picture={name} style={{ height: `${height}px` }} />;
  if (!stops) return picture;
  const leave = (): void => {
    setAt(null);
    chart.current?.dispatchAction({ type: "hideTip" });
  };
  const step = (e: KeyboardEvent): void => {
    if (e.key === "Escape") return leave();
    const to = stepped(e.key, at, stops.length, -1);
    if (to === null) return;
    e.preventDefault();
    setAt(to);
    const [x, y] = chart.current!.convertToPixel(AXES, [...stops[to]!.at]) as unknown as [number, number];
    chart.current!.dispatchAction({ type: "showTip", x, y: Math.max(1, y) }); // what the pointer would show there
  };
  return (
    <div class="walk" tabIndex={0} role="group" aria-roledescription="chart" aria-label={`${says} Arrow keys walk along it.`} onKeyDown={step} onBlur={leave}>
      {picture}
      <span class="unseen" role="status">{at === null ? "" : stops[at]?.says}</span>
    </div>
  );
}

/** The picture as a file of its own, on the surface it stands on. */
export function pictureOf(panel: Element): string | null {
  const box = panel.querySelector<HTMLElement>("[data-picture]");
  const chart = box && echarts.getInstanceByDom(box);
  if (!chart) return null;
  return chart.getDataURL({ type: "svg" });
}
