/** Times for people: local, with UTC beside. */

const at = (seconds: number): Date => new Date(seconds * 1000);

export const local = (seconds: number): string => at(seconds).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

export const localDay = (seconds: number): string => at(seconds).toLocaleDateString(undefined, { dateStyle: "medium" });

/** "2026-11-22 03:04:05 UTC". */
export const utc = (seconds: number): string => `${at(seconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** "2 d 3 h", "5 min", "40 s": the two largest parts. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3_600), Math.floor((whole % 3_600) / 60)];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes >= 2) return `${minutes} min`;
  return `${whole} s`;
}
