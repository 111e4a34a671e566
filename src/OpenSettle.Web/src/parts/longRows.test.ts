import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../api/ask.ts";
import { LongRows, MOST_ROWS, type LongPage, sightOf } from "./longRows.ts";

/** A small generator, so that a failure comes again. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

test("every row that is in sight is drawn, wherever it is scrolled to", () => {
  const next = random(7);
  for (let i = 0; i < 20_000; i++) {
    const rows = [0, 1, 5, 39, 40, 1_000, 100_000][next(7)] ?? 0;
    const rowPx = 20 + next(60);
    const height = next(1_500);
    const scrollTop = next(Math.max(1, rows * rowPx + 400)) - 100 + next(100) / 100;
    const { first, count } = sightOf(scrollTop, height, rowPx, rows);
    assert.ok(Number.isInteger(first) && first >= 0 && count >= 0 && first + count <= rows, `${first}+${count} of ${rows}`);
    // A browser does not scroll further than the last row's end.
    const top = Math.max(0, Math.min(scrollTop, rows * rowPx - height));
    const [from, to] = [Math.floor(top / rowPx), Math.min(rows, Math.ceil((top + height) / rowPx))];
    assert.ok(first <= from && first + count >= to, `rows ${from} to ${to} are in sight, ${first}+${count} drawn: ${JSON.stringify({ scrollTop, height, rowPx, rows })}`);
    assert.ok(count <= Math.ceil(height / rowPx) + 36, "few are drawn, however many there are");
  }
});

test("a place that is none is the top", () => {
  assert.equal(sightOf(Number.NaN, 400, 44, 1_000).first, 0);
  assert.equal(sightOf(-50, 400, 44, 1_000).first, 0);
});

test("scrolling by less than a few rows draws the same", () => {
  const seen = new Set(Array.from({ length: 264 }, (_, px) => JSON.stringify(sightOf(44_000 + px, 700, 44, 100_000))));
  assert.ok(seen.size <= 2, `${seen.size} windows for 264 pixels`);
});

test("pages of any size come until enough is there, each once and in order", async () => {
  const next = random(11);
  for (let round = 0; round < 200; round++) {
    const total = next(400);
    const asked: (string | null)[] = [];
    const rows = new LongRows<number>(async (after): Promise<LongPage<number>> => {
      asked.push(after);
      const start = after === null ? 0 : Number(after.split(".")[0]);
      // Empty ones, too: a filter may leave nothing of a page.
      const size = Math.min(next(60), total - start);
      return { rows: Array.from({ length: size }, (_, i) => start + i), next: start + size < total ? `${start + size}.${asked.length}` : null };
    }, () => {});
    let wanted = 1;
    while (!rows.isWhole) {
      rows.want(wanted);
      for (let i = 0; i < 400 && !rows.isWhole && rows.rows.length < wanted; i++) await settled();
      assert.ok(rows.isWhole || rows.rows.length >= wanted);
      assert.ok(rows.rows.length < wanted + 60, "no page beyond what was wanted");
      wanted += 1 + next(150);
    }

    assert.deepEqual(rows.rows, Array.from({ length: total }, (_, i) => i));
    assert.equal(new Set(asked).size, asked.length);
  }
});

test("an error in the middle leaves what is there, waits, and goes on where it was", async () => {
  let fails = true;
  let changes = 0;
  const asked: (string | null)[] = [];
  const rows = new LongRows<string>(
    (after) => {
      asked.push(after);
      if (after === "b" && fails) return Promise.reject(new ApiError("No", "Try again."));
      return Promise.resolve({ rows: [`${after}`], next: after === null ? "a" : after === "a" ? "b" : null });
    },
    () => changes++,
  );
  rows.want(100);
  await settled();
  assert.deepEqual([rows.rows, rows.error?.message, rows.isWhole], [["null", "a"], "No", false]);
  rows.want(200);
  await settled();
  assert.deepEqual(asked, [null, "a", "b"]);
  fails = false;
  rows.retry();
  await settled();
  assert.deepEqual([rows.rows, rows.error, rows.isWhole, asked], [["null", "a", "b"], undefined, true, [null, "a", "b", "b"]]);
  assert.ok(changes >= 4);
});

test("after its end nothing of what was under way is taken or told", async () => {
  let answer: ((page: LongPage<number>) => void) | undefined;
  let signal: AbortSignal | undefined;
  const rows = new LongRows<number>(
    (_, given) => {
      signal = given;
      return new Promise((resolve) => (answer = resolve));
    },
    () => assert.fail("it was told"),
  );
  rows.want(1);
  rows.end();
  assert.equal(signal?.aborted, true);
  answer?.({ rows: [1], next: "2" });
  await settled();
  assert.deepEqual([rows.rows, rows.begun], [[], false]);
});

test("a page that leads to itself ends the reading with an error", async () => {
  let asked = 0;
  const rows = new LongRows<number>(() => Promise.resolve({ rows: [asked++], next: "same" }), () => {});
  rows.want(50);
  await settled();
  assert.equal(asked, 2);
  assert.match(rows.error?.message ?? "", /does not go on/);
});

test("a hundred thousand rows are taken in without copying, and no more than a table can show", async () => {
  let start = 0;
  const page = Array.from({ length: 500 }, (_, i) => i);
  const rows = new LongRows<number>(() => Promise.resolve({ rows: page, next: String((start += 500)) }), () => {});
  const list = rows.rows;
  rows.want(100_000);
  for (let i = 0; i < 100_000 && rows.rows.length < 100_000; i++) await Promise.resolve();
  assert.equal(rows.rows.length, 100_000);
  assert.equal(rows.rows, list);
  rows.want(10 * MOST_ROWS);
  for (let i = 0; i < 1_000_000 && !rows.isFull; i++) await Promise.resolve();
  await settled();
  assert.deepEqual([rows.rows.length, rows.isFull], [MOST_ROWS, true]);
});
