/** Ways from one place of the page to another: links within a page would lead to its <base>. */

import type { Figure, Passport } from "../../api/passports.ts";
import { setQuery } from "../../app/navigation.ts";
import { shortHex } from "../../text/format.ts";

/** Goes to a place on the page, by eye and by keyboard. */
export function jumpTo(id: string): void {
  const target = document.getElementById(id);
  if (target === null) return;
  for (let inside = target.closest("details"); inside !== null; inside = inside.parentElement?.closest("details") ?? null) inside.open = true;
  target.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth", block: "start" });
  if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
  target.focus({ preventScroll: true });
}

/** Leads to the attestation below that a figure or a word rests on. */
export function ToAttestation({ uid }: { uid: string }) {
  return (
    <button
      type="button"
      class="quiet hex short"
      title={uid}
      aria-label={`Show attestation ${shortHex(uid, 6)}`}
      onClick={() => {
        // It may be on another page of the list.
        setQuery({ attestation: uid });
        setTimeout(() => jumpTo(`attestation-${uid}`), 60);
      }}
    >
      {shortHex(uid, 6)}
    </button>
  );
}

/** Computed from the model's records alone, or from them and payments. */
const OF_RECORDS = /^(?:usage\.(?!seenOutside)|revenue\.settled$|price\.|domain\.(?:observed|paidUsage|decay)$)/;
const MOST_SHOWN = 6;

/** Leads from a figure to what it rests on, as far as the page has it. */
export function restsOn(passport: Passport, figure: Figure) {
  if (figure.id === "domain.evaluated") {
    const word = passport.domains.find((domain) => domain.domain === figure.scope)?.word;
    const own = passport.attestations.filter((one) => one.kind === "evaluation" && one.standing === "valid" && word !== undefined && one.says?.["domain"] === word && one.says["n"] !== "0");
    return own.length === 0 ? null : (
      <p>
        Attested by: {own.slice(0, MOST_SHOWN).map((one) => <ToAttestation key={one.uid} uid={one.uid} />)} {own.length > MOST_SHOWN ? `and ${own.length - MOST_SHOWN} more` : ""}
      </p>
    );
  }

  return OF_RECORDS.test(figure.id) ? (
    <p>
      <button type="button" class="quiet" onClick={() => jumpTo("records")}>
        Show the records
      </button>
    </p>
  ) : null;
}
