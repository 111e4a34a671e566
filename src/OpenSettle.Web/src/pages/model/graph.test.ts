import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lineage } from "../../api/passports.ts";
import { NODE, graphOf } from "./graph.ts";

const id = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`;
const ancestor = (n: number, depth: number, parents: number[]) => ({ model: id(n), number: n, name: null, depth, shareMillionths: 100_000, parents: parents.map((p) => ({ model: id(p), share: 50_000 })), flowed: [] });
const lineage = (parents: number[], ancestors: Lineage["ancestors"], children: number[]): Lineage => ({
  model: id(100),
  number: 100,
  parents: parents.map((n) => ({ model: id(n), number: n, name: null, share: 200_000 })),
  ancestors,
  children: children.map((n) => ({ model: id(n), number: n, name: `made ${n}`, share: 100_000 })),
});

/** What holds of every drawing. */
function check(drawn: ReturnType<typeof graphOf>): void {
  const at = new Map(drawn.nodes.map((node) => [node.model, node]));
  assert.equal(at.size, drawn.nodes.length, "each model once");
  for (const node of drawn.nodes) {
    assert.ok(node.x >= 0 && node.y >= 0 && node.x + NODE.width <= drawn.width && node.y + NODE.height <= drawn.height, "inside");
    for (const other of drawn.nodes) if (other !== node && other.y === node.y) assert.ok(Math.abs(other.x - node.x) >= NODE.width, "none on another");
  }

  for (const edge of drawn.edges) assert.ok(at.has(edge.from) && at.has(edge.to), "lines between models that are drawn");
}

test("a model alone", () => {
  const drawn = graphOf(lineage([], [], []));
  check(drawn);
  assert.equal(drawn.nodes.length, 1);
  assert.equal(drawn.nodes[0]?.side, "self");
});

test("a diamond: a grandparent by two ways stands above both parents, and every line goes up", () => {
  const drawn = graphOf(lineage([1, 2, 3], [ancestor(1, 1, [3]), ancestor(2, 1, [3]), ancestor(3, 1, [])], [101, 102]));
  check(drawn);
  assert.equal(drawn.nodes.length, 6);
  assert.equal(drawn.edges.length, 7);
  for (const edge of drawn.edges) assert.ok(edge.y1 < edge.y2);
  const y = (n: number): number => drawn.nodes.find((node) => node.model === id(n))!.y;
  assert.ok(y(3) < y(1) && y(1) === y(2) && y(2) < y(100) && y(100) < y(101) && y(101) === y(102));
});

test("lines that need not cross do not", () => {
  const drawn = graphOf(lineage([1, 2], [ancestor(1, 1, [4]), ancestor(2, 1, [3]), ancestor(3, 2, []), ancestor(4, 2, [])], []));
  check(drawn);
  const x = (n: number): number => drawn.nodes.find((node) => node.model === id(n))!.x;
  assert.equal(Math.sign(x(1) - x(2)), Math.sign(x(4) - x(3)));
});

test("hundreds of relatives: some are drawn, the rest is counted", () => {
  const drawn = graphOf(lineage([1], Array.from({ length: 90 }, (_, i) => ancestor(i + 1, i + 1, i < 89 ? [i + 2] : [])), Array.from({ length: 300 }, (_, i) => 200 + i)));
  check(drawn);
  assert.ok(drawn.nodes.length <= 60);
  assert.equal(drawn.hidden, 90 + 300 + 1 - drawn.nodes.length);
});

test("a circle, which no registry has, does not hang the page", () => {
  const drawn = graphOf(lineage([1], [ancestor(1, 1, [2, 100]), ancestor(2, 2, [1])], []));
  check(drawn);
  assert.equal(drawn.nodes.length, 3);
});

test("random lineages", () => {
  let seed = 3;
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  for (let turn = 0; turn < 100; turn++) {
    const count = random(25);
    const parentsOf = Array.from({ length: count }, (_, i) => [...new Set(Array.from({ length: random(4) }, () => random(Math.max(1, i))).filter((p) => p < i))]);
    const reached = new Set<number>();
    const roots = count === 0 ? [] : [...new Set([count - 1, random(count)])];
    const walk = (n: number): void => void (reached.has(n) || (reached.add(n), parentsOf[n]!.forEach(walk)));
    roots.forEach(walk);
    const drawn = graphOf(lineage(roots.map((n) => n + 1), [...reached].map((n) => ancestor(n + 1, 1, parentsOf[n]!.map((p) => p + 1))), []));
    check(drawn);
    assert.equal(drawn.nodes.length, reached.size + 1);
    for (const edge of drawn.edges) assert.ok(edge.y1 < edge.y2);
  }
});
