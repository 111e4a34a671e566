/** A chart over time, and the same as a table: what is drawn can be read, by whoever does not see it too. */

import { useEffect, useRef, useState } from "preact/hooks";
import { localDay } from "../text/times.ts";
import { Table } from "./basics.tsx";
import type { Plot } from "./plot.ts";
import { keyStep } from "./plotted.ts";

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
  /** Each series stands on those before it. */
  stacked?: boolean;
  /** `times` are plain numbers, as weeks since something. */
  linear?: boolean;
  /** `times` are days or weeks in UTC, and so is the axis. */
  utc?: boolean;
}

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | undefined>(undefined);
  const [at, setAt] = useState<number | null>(null);
  const [isPart, setIsPart] = useState(false);
  const [open, setOpen] = useState(false);
  const [failed, setFailed] = useState(false);
  const { title, times, series } = props;
  const data = JSON.stringify([times, series.map(({ name, values, kind, colour }) => [name, values, kind, colour]), props.bands, props.height, props.stacked, props.linear, props.utc]);

  useEffect(() => {
    let gone = false;
    const element = place.current;
    if (element === null) return;
    setAt(null);
    const draw = async (): Promise<void> => {
      try {
        const { plotInto } = await import("./plot.ts");
        if (gone) return;
        plot.current?.destroy();
        setIsPart(false);
        plot.current = plotInto(element, props, setAt, setIsPart);
      } catch {
        if (!gone) setFailed(true);
      }
    };
    const redraw = (): void => void draw();
    redraw();
    let width = element.clientWidth;
    const fit = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      plot.current?.resize(width);
    });
    fit.observe(element);
    // Colours are drawn into the canvas: with other ones it is drawn anew.
    const schemes = [matchMedia("(prefers-color-scheme: dark)"), matchMedia("(forced-colors: active)")];
    schemes.forEach((scheme) => scheme.addEventListener("change", redraw));
    return () => {
      gone = true;
      fit.disconnect();
      schemes.forEach((scheme) => scheme.removeEventListener("change", redraw));
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [data]);

  const timeOf = (index: number): string => props.nameTime?.(index) ?? localDay(times[index] ?? 0);
  const textOf = (one: Series, index: number): string => (one.values[index] === null || one.values[index] === undefined ? "–" : one.text(index));
  const onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && at !== null) plot.current?.point(null);
    else if (event.key === "+" || event.key === "-") plot.current?.zoom(event.key === "+", at);
    else {
      const next = keyStep(event.key, at, times.length);
      if (next === null) return;
      plot.current?.point(next);
      setAt(next);
    }

    event.preventDefault();
  };
  return (
    <figure class="chart">
      <div
        ref={place}
        class="plot"
        role="slider"
        tabIndex={0}
        aria-label={`${title}. Arrow keys go from point to point, plus and minus zoom; the table below has the same figures.`}
        aria-valuemin={1}
        aria-valuemax={Math.max(1, times.length)}
        aria-valuenow={at === null ? Math.max(1, times.length) : at + 1}
        aria-valuetext={at === null ? `${times.length} points, ${timeOf(0)} to ${timeOf(times.length - 1)}` : `${timeOf(at)}: ${series.map((one) => `${one.name} ${textOf(one, at)}`).join("; ")}`}
        onKeyDown={onKey}
      />
      {failed ? <p class="note">The drawing did not come: the table has all of it.</p> : null}
      <figcaption>
        <div class="legend-row">
          <ul class="legend">
            {series.map((one, i) => (
              <li key={one.name}>
                <span class={`swatch series-${(one.colour ?? i) % 6}`} aria-hidden="true" /> {one.name}
                {at === null ? null : <strong> {textOf(one, at)}</strong>}
              </li>
            ))}
            {at === null ? null : <li class="dim">{timeOf(at)}</li>}
          </ul>
          {isPart ? (
            <button type="button" class="quiet" onClick={() => plot.current?.whole()}>
              Show the whole
            </button>
          ) : null}
        </div>
        <details onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>As a table</summary>
          {open ? (
            <Table label={title} head={["When", ...series.map((one) => ({ title: one.name, class: "number" }))]}>
              {times.map((time, i) => (
                <tr key={time}>
                  <td>{timeOf(i)}</td>
                  {series.map((one) => (
                    <td class="number" key={one.name}>
                      {textOf(one, i)}
                    </td>
                  ))}
                </tr>
              ))}
            </Table>
          ) : null}
        </details>
      </figcaption>
    </figure>
  );
}
