/** A long table whose rows change: whoever is at its top sees the new ones at once, and whoever reads further down is asked. */

import { useEffect, useRef, useState } from "preact/hooks";

export function useFresh(mark: string) {
  const place = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState(mark);
  useEffect(() => {
    const box = place.current?.querySelector(".long");
    // Read anew it begins anew, and would take the focus away.
    if (box?.contains(document.activeElement) !== true && (box?.scrollTop ?? 0) === 0) setShown(mark);
  }, [mark]);
  return { place, shown, stale: mark !== shown, show: () => setShown(mark) };
}
