/** The axis of time: one frame for all pictures over it, and the part of it that linked ones show. */
import type { Look } from "./look";

/** What is shown of a span, the same in every picture that is linked. */
export interface Window {
  first: string;
  last: string;
  from?: string; // what is shown at first, if it is not all
  slider?: boolean; // whether its ends can be drawn under this picture
}

const SLIDER = 34; // pixels under the axis

export function timeFrame(window: Window | undefined, look: Look): Record<string, unknown> {
  return {
    textStyle: { fontFamily: look.font },
    grid: { left: 58, right: 16, top: 12, bottom: window?.slider ? 30 + SLIDER : 30 },
    xAxis: {
      type: "time", ...(window ? { min: window.first, max: window.last } : {}), axisLine: { lineStyle: { color: look.line }, onZero: false },
      axisTick: { show: false }, axisLabel: { color: look.muted, hideOverlap: true }, splitLine: { show: false },
    },
    ...(window ? { dataZoom: zooms(window, look) } : {}),
  };
}

/** What the pointer shows of all lines at a day. */
export const timeTip = (format: (value: number) => string, look: Look): Record<string, unknown> => ({
  trigger: "axis", renderMode: "richText", confine: true, backgroundColor: look.surface, borderColor: look.line, textStyle: { color: look.ink, fontSize: 12 },
  valueFormatter: (value: unknown) => (typeof value === "number" ? format(value) : "n/a"),
});

/** Ctrl and wheel, or the ends of the slider; a plain wheel scrolls the page, and a finger does too. */
function zooms(window: Window, look: Look): Record<string, unknown>[] {
  const shown = { xAxisIndex: 0, startValue: window.from ?? window.first, endValue: window.last };
  const inside = { type: "inside", ...shown, zoomOnMouseWheel: "ctrl", moveOnMouseWheel: false, moveOnMouseMove: false };
  if (!window.slider) return [inside];
  return [inside, {
    type: "slider", ...shown, height: 20, bottom: 6, borderColor: look.line, backgroundColor: "transparent", fillerColor: `${look.accent}22`,
    dataBackground: { lineStyle: { color: look.muted, opacity: 0.6 }, areaStyle: { color: look.muted, opacity: 0.12 } },
    selectedDataBackground: { lineStyle: { color: look.accent }, areaStyle: { color: look.accent, opacity: 0.12 } },
    handleStyle: { color: look.surface, borderColor: look.accent }, moveHandleSize: 4, moveHandleStyle: { color: look.muted, opacity: 0.35 },
    textStyle: { color: look.muted, fontSize: 11 }, showDetail: false, brushSelect: true,
  }];
}
