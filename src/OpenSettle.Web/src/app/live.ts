/** The node's status, kept fresh: read anew when the stream says that something changed, and every few seconds without a stream. */

import { useEffect, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../api/ask.ts";
import { type Status, getStatus } from "../api/status.ts";
import { type StreamEvent, follow } from "../api/stream.ts";

export interface Live {
  status: Status | undefined;
  /** Why the last question was not answered. */
  problem: ApiError | undefined;
  answeredAt: Date | undefined;
  /** The stream is open: what changes shows within seconds. */
  streaming: boolean;
  /** Another one with every key: pages begin anew with it. */
  turn: number;
}

/** The stream may tell several things in a second; the status is asked for once. */
const SETTLE_MS = 1_000;
const POLL_MS = 4_000;
/** With a stream, only in case that it has fallen silent. */
const POLL_STREAMING_MS = 30_000;

let live: Live = { status: undefined, problem: undefined, answeredAt: undefined, streaming: false, turn: 0 };
const watchers = new Set<(live: Live) => void>();
const listeners = new Set<(event: StreamEvent) => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let asking: Promise<void> | undefined;
let lastAsked = 0;
let unfollow: (() => void) | undefined;

function change(next: Partial<Live>): void {
  live = { ...live, ...next };
  watchers.forEach((watcher) => watcher(live));
}

/** Asks now; who asks meanwhile gets the same answer. */
export function refresh(): Promise<void> {
  asking ??= (async () => {
    clearTimeout(timer);
    lastAsked = Date.now();
    try {
      change({ status: await getStatus(), problem: undefined, answeredAt: new Date() });
    } catch (error) {
      change({ problem: asApiError(error) });
    } finally {
      asking = undefined;
      later(live.streaming ? POLL_STREAMING_MS : POLL_MS);
    }
  })();
  return asking;
}

function later(pause: number): void {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(() => void refresh(), pause);
}

function open(): void {
  unfollow ??= follow({
    event(event) {
      listeners.forEach((listener) => listener(event));
      if (asking === undefined) later(Math.max(0, lastAsked + SETTLE_MS - Date.now()));
    },
    live(streaming) {
      if (streaming === live.streaming) return;
      change({ streaming });
      if (!streaming) later(POLL_MS);
    },
  });
}

/** Begins; while nobody looks it rests. */
export function startLive(): void {
  open();
  void refresh();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(timer);
      unfollow?.();
      unfollow = undefined;
      return;
    }

    open();
    void refresh();
  });
}

/** After a key was given or taken away: everything is asked again with it. */
export function restartLive(): void {
  unfollow?.();
  unfollow = undefined;
  change({ turn: live.turn + 1 });
  open();
  void refresh();
}

export function useLive(): Live {
  const [now, setNow] = useState(live);
  useEffect(() => {
    setNow(live);
    watchers.add(setNow);
    return () => void watchers.delete(setNow);
  }, []);
  return now;
}

/** What the stream tells, one by one. */
export function useStream(listener: (event: StreamEvent) => void, deps: readonly unknown[]): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, deps);
}

/** Changes with what the books say of money: what depends on them is read again then. */
export const booksMark = (status: Status | undefined): string =>
  status === undefined ? "" : [status.booksBlock, status.activeEpoch, status.latestEpoch?.number, status.latestEpoch?.attempt, status.latestEpoch?.state].join();
