/** When a passport is read anew: with what it counts, and not with every block; a minute's pause for what only the registry knows. */

import type { Status } from "../api/status.ts";

const MINUTE_MS = 60_000;

export const passportMark = (status: Status | undefined, now: number = Date.now()): string =>
  status === undefined
    ? ""
    : [status.activeEpoch, status.latestEpoch?.number, status.latestEpoch?.attempt, status.latestEpoch?.state, status.payments, status.attestations.known, status.attestations.unread, status.models, Math.floor(now / MINUTE_MS)].join();
