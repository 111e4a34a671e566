import { useEffect } from "preact/hooks";

let visited = 0;

/** Names the page in the tab, and moves the focus to its heading, except where it is the first. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · OpenSettle`;
  }, [title]);
  useEffect(() => {
    if (visited++ > 0) document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, []);
}
