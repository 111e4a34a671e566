/** A share and its interval on a line from nothing to all; what it says stands in figures beside it. */

import { millionthsOf } from "../text/figures.ts";

/** @param value Where the share itself is, in millionths; null: the interval alone. */
export function Interval({ low, high, value, label, certain = true }: { low: string; high: string; value?: number | null; label: string; certain?: boolean }) {
  const [from, to] = [millionthsOf(low) / 1000, millionthsOf(high) / 1000];
  return (
    <svg class={certain ? "interval" : "interval uncertain"} viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label={label}>
      <rect class="interval-track" x="0" y="9" width="1000" height="6" rx="3" />
      {[250, 500, 750].map((x) => (
        <rect class="interval-tick" key={x} x={x - 1} y="4" width="2" height="16" />
      ))}
      <rect class="interval-span" x={Math.min(from, 994)} y="6" width={Math.max(6, to - from)} height="12" rx="4" />
      {value === undefined || value === null ? null : <rect class="interval-value" x={Math.min(994, Math.max(0, value / 1000 - 3))} y="1" width="6" height="22" />}
    </svg>
  );
}
