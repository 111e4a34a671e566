import { counted } from "../text/format.ts";

/** What came since a list was read: it is shown when the reader wants it, so that nothing moves away under the eyes. */
export function Fresh({ count, what, changed, show }: { count: number; what: string; changed?: boolean; show: () => void }) {
  return (
    <div class="fresh" role="status">
      {count === 0 && !changed ? null : (
        <button type="button" class="second" onClick={show}>
          {changed ? "The list has changed: read it again" : `Show ${counted(count, `new ${what}`)}`}
        </button>
      )}
    </div>
  );
}
