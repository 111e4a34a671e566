import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../api/status.ts";
import { passportMark } from "./passportMark.ts";

const status = { booksBlock: 7, activeEpoch: 1, latestEpoch: { number: 2, attempt: 0, state: "closed" }, payments: 3, models: 4, attestations: { known: 5, unread: 0 } } as Status;

test("a new block alone is no news; what a passport counts is, and so is a minute", () => {
  const mark = passportMark(status, 60_000);
  assert.equal(passportMark({ ...status, booksBlock: 8 }, 119_999), mark);
  const news: Partial<Status>[] = [{ activeEpoch: 2 }, { payments: 4 }, { models: 5 }, { latestEpoch: { ...status.latestEpoch!, state: "built" } }, { attestations: { service: null, known: 6, unread: 0 } }];
  for (const one of news) assert.notEqual(passportMark({ ...status, ...one }, 60_000), mark, JSON.stringify(one));
  assert.notEqual(passportMark(status, 120_000), mark);
  assert.equal(passportMark(undefined), "");
});
