/** A chart: drawn as SVG, redrawn when its box, its data or the colours change, and said in a sentence. */
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "preact/hooks";
import { useTheme } from "../theme";
import { type Look, lookOf } from "./look";

echarts.use([BarChart, LineChart, ScatterChart, GridComponent, TooltipComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer]);

export type Option = echarts.EChartsCoreOption;
export type Draw = (look: Look, width: number, height: number) => Option;

interface Props {
  draw: Draw;
  says: string; // what it shows, in one sentence made from the data
  name: string; // of a file with the picture
  height?: number;
  onPointer?: (x: number, y: number, clicked: boolean) => boolean; // whether something is there
  onLeave?: () => void;
}

export function Chart({ draw, says, name, height = 320, onPointer, onLeave }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const latest = useRef({ draw, onPointer, onLeave });
  latest.current = { draw, onPointer, onLeave };
  const theme = useTheme();

  const redraw = (): void => {
    const made = chart.current;
    if (!made || made.getWidth() === 0) return;
    const look = lookOf(document.documentElement);
    made.setOption({ animation: false, backgroundColor: look.surface, ...latest.current.draw(look, made.getWidth(), made.getHeight()) }, true);
  };
  useEffect(() => {
    const made = echarts.init(box.current!, null, { renderer: "svg" });
    chart.current = made;
    const sizes = new ResizeObserver(() => { made.resize(); redraw(); });
    sizes.observe(box.current!);
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
  return <div class="chart" ref={box} role="img" aria-label={says} data-picture={name} style={{ height: `${height}px` }} />;
}

/** The picture as a file of its own, on the surface it stands on. */
export function pictureOf(panel: Element): string | null {
  const box = panel.querySelector<HTMLElement>("[data-picture]");
  const chart = box && echarts.getInstanceByDom(box);
  if (!chart) return null;
  return chart.getDataURL({ type: "svg" });
}
