/** uPlot in the page's colours; fetched when the first chart is drawn. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ChartProps } from "./Chart.tsx";

const HEIGHT = 220;

export function plotInto(element: HTMLElement, props: ChartProps, onMove: (index: number | null) => void): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--dim"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: `12px ${colour("--sans")}` };
  const bars = uPlot.paths.bars?.({ size: [0.7, 48], align: 0 });
  const options: uPlot.Options = {
    width: Math.max(element.clientWidth, 200),
    height: props.height ?? HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, points: { size: 7 } },
    scales: { x: { time: true }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
    axes: [{ ...axis }, { ...axis, size: 72, ...(props.axis === undefined ? {} : { values: (_: uPlot, splits: number[]) => splits.map((value) => props.axis?.(value) ?? "") }) }],
    bands: (props.bands ?? []).map(([low, high]) => ({ series: [high + 1, low + 1] as [number, number], fill: `${colour(`--series-${(props.series[low]?.colour ?? low) % 6}`)}33` })),
    series: [
      {},
      ...props.series.map((one, i): uPlot.Series => {
        const stroke = colour(`--series-${(one.colour ?? i) % 6}`);
        const kind = one.kind ?? "line";
        return {
          label: one.name,
          stroke,
          width: kind === "points" ? 0 : 2,
          ...(kind === "bars" ? { fill: stroke, ...(bars === undefined ? {} : { paths: bars }) } : {}),
          points: { show: kind === "points" || props.times.length === 1, size: 6, fill: stroke },
        };
      }),
    ],
    hooks: { setCursor: [(plot) => onMove(plot.cursor.idx ?? null)] },
  };
  return new uPlot(options, [[...props.times], ...props.series.map((one) => [...one.values])] as uPlot.AlignedData, element);
}
