/** What went wrong, what to do, and the wallet's own words where it has some. */

import type { ComponentChildren } from "preact";
import { Notice } from "../../../parts/basics.tsx";
import { Outside } from "../../../parts/values.tsx";
import type { Trouble } from "../../../wallet/refusals.ts";

export function TroubleNote({ trouble, children }: { trouble: Trouble; children?: ComponentChildren }) {
  return (
    <Notice kind={trouble.kind === "rejected" ? "info" : trouble.kind === "changed" || trouble.kind === "busy" ? "warn" : "bad"} title={`${trouble.title}.`} live>
      <p>{trouble.remedy}</p>
      {trouble.said === undefined || trouble.kind === "rejected" ? null : (
        <p class="note">
          It said: <Outside text={trouble.said} most={240} />
        </p>
      )}
      {children === undefined ? null : <p class="actions">{children}</p>}
    </Notice>
  );
}
