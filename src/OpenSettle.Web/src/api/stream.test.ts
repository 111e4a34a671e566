import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser } from "./stream.ts";

const whole = 'retry: 3000\n\nid: a-1\nevent: status\ndata: {"head":1}\n\n: comment\n\nid: a-2\r\ndata: one\r\ndata: two\r\n\r\n';
const wanted = [
  { id: "a-1", event: "status", data: '{"head":1}' },
  { id: "a-2", event: "message", data: "one\ntwo" },
];

test("events are the same wherever the network cuts them", () => {
  for (let size = 1; size <= whole.length; size++) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < whole.length; at += size) events.push(...parser.push(whole.slice(at, at + size)));
    assert.deepEqual(events, wanted, `in pieces of ${size}`);
  }
});

test("what has not ended is no event yet", () => {
  assert.deepEqual(new EventParser().push("event: status\ndata: x\n"), []);
});
