/** uPlot in the page's colours; fetched when the first chart is drawn. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ChartProps } from "./Chart.tsx";
import { stacked, timeLabels, timeRange, valueRange, zoomed } from "./plotted.ts";

const HEIGHT = 220;
const FORTNIGHT = 14 * 86_400;

export interface Plot {
  resize: (width: number) => void;
  /** Puts the cursor on a point, or away. */
  point: (index: number | null) => void;
  zoom: (closer: boolean, around: number | null) => void;
  whole: () => void;
  destroy: () => void;
}

export function plotInto(element: HTMLElement, props: ChartProps, onMove: (index: number | null) => void, onZoom: (isPart: boolean) => void): Plot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const { times, series } = props;
  const whole = timeRange(times, series.some((one) => one.kind === "bars"), props.linear ? 1 : props.utc ? FORTNIGHT : undefined);
  const axis = { stroke: colour("--dim"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: `12px ${colour("--sans")}` };
  const bars = uPlot.paths.bars?.({ size: [0.7, 48], align: 0 });
  const values = props.stacked ? stacked(series.map((one) => one.values)) : series.map((one) => [...one.values]);
  // Of a stack the highest is drawn first, and the lower ones over it.
  const order = series.map((_, i) => (props.stacked ? series.length - 1 - i : i));
  const place = (index: number): number => order.indexOf(index) + 1;

  const options: uPlot.Options = {
    width: Math.max(element.clientWidth, 160),
    height: props.height ?? HEIGHT,
    ...(props.utc ? { tzDate: (time: number) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC") } : {}),
    legend: { show: false },
    cursor: { drag: { x: true, y: false, dist: 8 }, points: { size: 7 } },
    scales: {
      x: { time: !props.linear, range: (_, low, high) => (low === null || high === null || (low <= (times[0] ?? 0) && high >= (times[times.length - 1] ?? 0)) ? whole : [low, high]) },
      y: { range: (_, low, high) => valueRange(low, high) },
    },
    axes: [
      { ...axis, ...(props.linear ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000] } : { space: 64, values: (_: uPlot, splits: number[], __: number, ___: number, step: number) => timeLabels(splits, step, props.utc ? "UTC" : undefined) }) },
      { ...axis, size: 72, ...(props.axis === undefined ? {} : { values: (_: uPlot, splits: number[]) => splits.map((value) => props.axis?.(value) ?? "") }) },
    ],
    bands: (props.bands ?? []).map(([low, high]) => ({ series: [place(high), place(low)] as [number, number], fill: `${colour(`--series-${(series[low]?.colour ?? low) % 6}`)}33` })),
    series: [
      {},
      ...order.map((index): uPlot.Series => {
        const one = series[index];
        const stroke = colour(`--series-${(one?.colour ?? index) % 6}`);
        const kind = one?.kind ?? "line";
        return {
          label: one?.name ?? "",
          stroke,
          width: kind === "points" ? 0 : 2,
          ...(kind === "bars" ? { fill: stroke, width: 0, ...(bars === undefined ? {} : { paths: bars }) } : {}),
          points: { show: kind === "points" || (kind === "line" && times.length === 1), size: 6, fill: stroke },
        };
      }),
    ],
    hooks: {
      setCursor: [(plot) => onMove(plot.cursor.idx ?? null)],
      setScale: [(plot, key) => key === "x" && onZoom((plot.scales["x"]?.min ?? whole[0]) > whole[0] || (plot.scales["x"]?.max ?? whole[1]) < whole[1])],
    },
  };
  const plot = new uPlot(options, [[...times], ...order.map((index) => values[index] ?? [])] as uPlot.AlignedData, element);

  // uPlot follows the mouse alone; a finger points as well, and scrolls the page up and down as ever.
  const touch = (event: TouchEvent): void => {
    const [finger] = event.touches;
    const box = plot.over.getBoundingClientRect();
    if (finger !== undefined && event.touches.length === 1) plot.setCursor({ left: Math.min(Math.max(0, finger.clientX - box.left), box.width - 1), top: Math.max(0, finger.clientY - box.top) });
  };
  plot.over.addEventListener("touchstart", touch, { passive: true });
  plot.over.addEventListener("touchmove", touch, { passive: true });

  const show = ([min, max]: readonly [number, number]): void => plot.setScale("x", { min, max });
  return {
    resize: (width) => plot.setSize({ width: Math.max(width, 160), height: props.height ?? HEIGHT }),
    point: (index) => {
      const time = index === null ? undefined : times[index];
      const [low, high] = [plot.scales["x"]?.min ?? whole[0], plot.scales["x"]?.max ?? whole[1]];
      // What is pointed at is brought into sight.
      if (time !== undefined && (time < low || time > high)) show([time - (high - low) / 2, time + (high - low) / 2]);
      plot.setCursor(time === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(time, "x"), top: 8 });
    },
    zoom: (closer, around) => {
      const seen: [number, number] = [plot.scales["x"]?.min ?? whole[0], plot.scales["x"]?.max ?? whole[1]];
      show(zoomed(seen, whole, (around === null ? undefined : times[around]) ?? (seen[0] + seen[1]) / 2, closer) ?? whole);
    },
    whole: () => show(whole),
    destroy: () => plot.destroy(),
  };
}
