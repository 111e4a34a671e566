import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { Found, Hit } from "../api/search.ts";
import { PAUSE_MS, Suggester } from "./suggest.ts";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** Questions that are answered when the test says so. */
function asking() {
  const questions: { words: string; signal: AbortSignal; answer: (found: Found | Error) => void }[] = [];
  const told: string[][] = [];
  const suggester = new Suggester(
    (words, _, signal) =>
      new Promise((resolve, reject) => questions.push({ words, signal, answer: (found) => (found instanceof Error ? reject(found) : resolve(found)) })),
    (hits) => told.push(hits.map((hit) => hit.id)),
  );
  return { questions, told, suggester };
}

const found = (...ids: string[]): Found => ({ query: "", hits: ids.map((id): Hit => ({ kind: "model", id, label: null, what: "" })), more: false });
const settle = () => new Promise<void>((resolve) => queueMicrotask(() => queueMicrotask(resolve)));

test("letters that follow each other are one question", () => {
  const { questions, suggester } = asking();
  for (const words of ["le", "lex", "lexi"]) {
    suggester.typed(words);
    mock.timers.tick(PAUSE_MS - 1);
  }

  assert.equal(questions.length, 0);
  mock.timers.tick(1);
  assert.deepEqual(questions.map((question) => question.words), ["lexi"]);
});

test("an older answer never comes after a newer question", async () => {
  const { questions, told, suggester } = asking();
  suggester.typed("old");
  mock.timers.tick(PAUSE_MS);
  suggester.typed("new");
  mock.timers.tick(PAUSE_MS);
  assert.equal(questions[0]?.signal.aborted, true);
  questions[1]?.answer(found("new"));
  await settle();
  questions[0]?.answer(found("old"));
  await settle();
  assert.deepEqual(told, [["new"]]);
});

test("too few letters ask nothing and take the list away; one digit is a number", () => {
  const { questions, told, suggester } = asking();
  suggester.typed("a");
  suggester.typed(" ");
  mock.timers.tick(PAUSE_MS);
  assert.deepEqual([questions.length, told.length], [0, 2]);
  suggester.typed("7");
  mock.timers.tick(PAUSE_MS);
  assert.equal(questions.length, 1);
});

test("a question that fails is an empty list", async () => {
  const { questions, told, suggester } = asking();
  suggester.typed("abc");
  mock.timers.tick(PAUSE_MS);
  questions[0]?.answer(new Error("away"));
  await settle();
  await settle();
  assert.deepEqual(told, [[]]);
});
