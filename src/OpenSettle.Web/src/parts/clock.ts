import { useEffect, useState } from "preact/hooks";

/** Seconds since 1970, kept fresh while somebody looks. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now() / 1_000);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now() / 1_000);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
