/** A chart over time, and the same as a table: what is drawn can be read, by whoever does not see it too. */

import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { localDay } from "../text/times.ts";
import { Table } from "./basics.tsx";

export interface Series {
  name: string;
  /** One for each time; null where there is nothing. For drawing only: what people read is `text`. */
  values: readonly (number | null)[];
  /** The value as a person reads it, with its unit. */
  text: (index: number) => string;
  kind?: "line" | "bars" | "points";
  /** Which colour, of those that every page has in this order; by place where it is not given. */
  colour?: number;
}

export interface ChartProps {
  /** What it shows, for who does not see it, and over its table. */
  title: string;
  /** Seconds, rising. */
  times: readonly number[];
  series: readonly Series[];
  /** How the axis writes a value. */
  axis?: (value: number) => string;
  /** Named in the table instead of the day. */
  nameTime?: (index: number) => string;
  /** Low and high of a series' interval: indexes of two series that bound a band. */
  bands?: readonly (readonly [number, number])[];
  height?: number;
}

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const { title, times, series } = props;
  const data = JSON.stringify([times, series.map(({ name, values, kind, colour }) => [name, values, kind, colour]), props.bands, props.height]);

  useEffect(() => {
    let plot: uPlot | undefined;
    let gone = false;
    const element = place.current;
    if (element === null) return;
    const fit = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: props.height ?? 220 }));
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const draw = async (): Promise<void> => {
      const { plotInto } = await import("./plot.ts");
      if (gone) return;
      plot?.destroy();
      plot = plotInto(element, props, setAt);
    };
    const redraw = (): void => void draw();
    redraw();
    fit.observe(element);
    scheme.addEventListener("change", redraw);
    return () => {
      gone = true;
      fit.disconnect();
      scheme.removeEventListener("change", redraw);
      plot?.destroy();
    };
  }, [data]);

  const timeOf = (index: number): string => props.nameTime?.(index) ?? localDay(times[index] ?? 0);
  return (
    <figure class="chart">
      <div ref={place} class="plot" role="img" aria-label={`${title}. The table below has the same figures.`} />
      <figcaption>
        <ul class="legend">
          {series.map((one, i) => (
            <li key={one.name}>
              <span class={`swatch series-${(one.colour ?? i) % 6}`} aria-hidden="true" /> {one.name}
              {at === null ? null : <strong> {one.values[at] === null ? "–" : one.text(at)}</strong>}
            </li>
          ))}
          {at === null ? null : <li class="dim">{timeOf(at)}</li>}
        </ul>
        <details>
          <summary>As a table</summary>
          <Table label={title} head={["When", ...series.map((one) => ({ title: one.name, class: "number" }))]}>
            {times.map((time, i) => (
              <tr key={time}>
                <td>{timeOf(i)}</td>
                {series.map((one) => (
                  <td class="number" key={one.name}>
                    {one.values[i] === null ? "–" : one.text(i)}
                  </td>
                ))}
              </tr>
            ))}
          </Table>
        </details>
      </figcaption>
    </figure>
  );
}
