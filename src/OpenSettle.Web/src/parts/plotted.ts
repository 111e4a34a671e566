/** What a chart needs to know before it is drawn: ranges, stacks, steps of the cursor. No document. */

/** The values as they are stacked: each series on those before it. Nothing counts as nothing, and nothing is drawn where all have none. */
export function stacked(series: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const sums: number[] = [];
  return series.map((values) =>
    values.map((value, i) => {
      sums[i] = (sums[i] ?? 0) + (value ?? 0);
      return series.some((one) => one[i] !== null && one[i] !== undefined) ? (sums[i] ?? 0) : null;
    }),
  );
}

/** From nothing up, or down where values are negative; with a little room, and never empty. */
export function valueRange(low: number | null, high: number | null): [number, number] {
  const [least, most] = [Math.min(0, low ?? 0), Math.max(0, high ?? 0)];
  return least === 0 && most === 0 ? [0, 1] : [least * 1.08, most * 1.08];
}

/**
 * The whole of the times, with room for half a bar at both ends; one point stands in the middle.
 * @param around What there is on both sides of a single point.
 */
export function timeRange(times: readonly number[], bars: boolean, around = 43_200): [number, number] {
  const [first = 0, last = 0] = [times[0], times[times.length - 1]];
  if (first === last) return [first - around, last + around];
  let step = last - first;
  for (let i = 1; i < times.length; i++) step = Math.min(step, (times[i] ?? 0) - (times[i - 1] ?? 0));
  const room = bars ? step / 2 : 0;
  return [first - room, last + room];
}

const DAY = 86_400;

/**
 * How the axis writes times, in the reader's own language: as finely as its steps are, with the year where one begins or is first.
 * @param zone "UTC", or the reader's own where it is left out.
 */
export function timeLabels(times: readonly number[], step: number, zone?: string): string[] {
  const write = (time: number, parts: Intl.DateTimeFormatOptions): string => new Date(time * 1000).toLocaleString(undefined, { ...parts, ...(zone === undefined ? {} : { timeZone: zone }) });
  let year = "";
  let day = "";
  return times.map((time) => {
    const [hisYear, hisDay] = [write(time, { year: "numeric" }), write(time, { day: "numeric", month: "short" })];
    const label = step >= 364 * DAY ? hisYear : step >= 28 * DAY ? write(time, { month: "short" }) : step >= DAY || hisDay !== day ? hisDay : write(time, { hour: "2-digit", minute: "2-digit" });
    const isNew = step < 364 * DAY && hisYear !== year;
    [year, day] = [hisYear, hisDay];
    return isNew ? `${label}\n${hisYear}` : label;
  });
}

/** Where a key leads; null: it is none of the chart's. */
export function keyStep(key: string, at: number | null, count: number): number | null {
  if (count === 0) return null;
  const from = at ?? (key === "ArrowLeft" || key === "ArrowDown" || key === "PageUp" ? count : -1);
  const to = { ArrowRight: from + 1, ArrowUp: from + 1, ArrowLeft: from - 1, ArrowDown: from - 1, PageDown: from + 10, PageUp: from - 10, Home: 0, End: count - 1 }[key];
  return to === undefined ? null : Math.min(count - 1, Math.max(0, to));
}

/** Half of what is seen, or twice, around a place; null: the whole again. */
export function zoomed(seen: readonly [number, number], whole: readonly [number, number], around: number, closer: boolean): [number, number] | null {
  const span = (seen[1] - seen[0]) * (closer ? 0.5 : 2);
  if (!closer && span >= whole[1] - whole[0]) return null;
  const low = Math.max(whole[0], Math.min(around - span / 2, whole[1] - span));
  return [low, low + span];
}
