import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { LEAST_MS, Question } from "./question.ts";

/** A question whose answers come when the test says so. */
function stage() {
  const answers: { give: (value: number) => void; fail: (why: unknown) => void; signal: AbortSignal }[] = [];
  const told: unknown[] = [];
  const question = new Question<number>(
    "subject",
    (signal) => new Promise((give, fail) => answers.push({ give, fail, signal })),
    (change) => told.push(change),
  );
  return { question, answers, told };
}

/** Time passes, and promises settle. */
async function pass(milliseconds: number): Promise<void> {
  mock.timers.tick(milliseconds);
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
});

test("one question at a time; news that come meanwhile are asked for once, after it", async () => {
  const { question, answers, told } = stage();
  question.ask(true);
  await pass(0);
  for (let i = 0; i < 5; i++) question.ask(false);
  await pass(10 * LEAST_MS);
  assert.equal(answers.length, 1);
  answers[0]?.give(1);
  await pass(0);
  await pass(0);
  assert.equal(answers.length, 2);
  answers[1]?.give(2);
  await pass(10 * LEAST_MS);
  assert.deepEqual(told, [{ value: 1 }, { value: 2 }]);
  assert.equal(answers.length, 2);
});

test("however often it is wanted, it is not asked more often than the pause lets", async () => {
  const { question, answers } = stage();
  question.ask(true);
  await pass(0);
  answers[0]?.give(1);
  await pass(0);
  for (let i = 0; i < 8; i++) {
    question.ask(false);
    await pass(LEAST_MS / 4 - 1);
    answers.at(-1)?.give(i);
    await pass(0);
  }

  assert.ok(answers.length >= 2 && answers.length <= 3, String(answers.length));
});

test("what has ended tells nothing, and its request is let go", async () => {
  const { question, answers, told } = stage();
  question.ask(true);
  await pass(0);
  question.end();
  assert.equal(answers[0]?.signal.aborted, true);
  answers[0]?.give(1);
  await pass(10 * LEAST_MS);
  assert.deepEqual(told, []);
});

test("what fails is told, and can be asked again", async () => {
  const { question, answers, told } = stage();
  question.ask(true);
  await pass(0);
  answers[0]?.fail("no");
  await pass(0);
  question.ask(true);
  await pass(0);
  answers[1]?.give(3);
  await pass(0);
  assert.deepEqual(told, [{ error: "no" }, { value: 3 }]);
});
