/** A model's place among those that it derives from and those that derive from it: layers, the oldest on top, and lines between them. */

import type { Lineage } from "../../api/passports.ts";

export interface Node {
  model: string;
  number: number | null;
  /** As its owner claims it. */
  name: string | null;
  /** "self", or which side of it. */
  side: "ancestor" | "self" | "child";
  /** Of a payment to the model, what goes to an ancestor, in millionths. */
  share: number | null;
  flowed: readonly { token: string; amount: bigint }[];
  x: number;
  y: number;
}

export interface Edge {
  from: string;
  to: string;
  share: number;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export interface Graph {
  width: number;
  height: number;
  nodes: Node[];
  edges: Edge[];
  /** Not drawn, for want of room: they are in the table. */
  hidden: number;
}

export const NODE = { width: 176, height: 64 };
const GAP = { x: 28, y: 64 };
const PAD = 12;
/** A drawing with more of them is none. */
const MOST = 60;

export function graphOf(lineage: Lineage): Graph {
  const { ancestors, children } = lineage;
  const shownAncestors = [...ancestors].sort((a, b) => a.depth - b.depth || a.number - b.number).slice(0, MOST - 20);
  const shownChildren = children.slice(0, MOST - 1 - shownAncestors.length);
  const up = new Map<string, readonly { model: string; share: number }[]>(shownAncestors.map((one) => [one.model, one.parents]));
  up.set(lineage.model, lineage.parents);

  const layers = layersOf(lineage.model, up);
  const rows: string[][] = [];
  for (const [model, layer] of layers) (rows[layer] ??= []).push(model);
  // The oldest on top; what derives from the model below it.
  const ordered = rows.reverse().map((row) => row ?? []);
  if (shownChildren.length > 0) ordered.push(shownChildren.map((child) => child.model));

  const lines = [
    ...[...up].flatMap(([child, parents]) => parents.filter((parent) => layers.has(parent.model) && layers.has(child)).map((parent) => ({ from: parent.model, to: child, share: parent.share }))),
    ...shownChildren.map((child) => ({ from: lineage.model, to: child.model, share: child.share })),
  ];
  untangle(ordered, lines);

  const widest = Math.max(...ordered.map((row) => row.length));
  const width = 2 * PAD + widest * NODE.width + (widest - 1) * GAP.x;
  const at = new Map<string, { x: number; y: number }>();
  ordered.forEach((row, layer) => {
    const own = row.length * NODE.width + (row.length - 1) * GAP.x;
    row.forEach((model, i) => at.set(model, { x: (width - own) / 2 + i * (NODE.width + GAP.x), y: PAD + layer * (NODE.height + GAP.y) }));
  });

  const byId = new Map(shownAncestors.map((one) => [one.model, one]));
  const childById = new Map(shownChildren.map((one) => [one.model, one]));
  const nodes = [...at].map(([model, place]): Node => {
    const ancestor = byId.get(model);
    if (model === lineage.model) return { model, number: lineage.number, name: null, side: "self", share: null, flowed: [], ...place };
    if (ancestor !== undefined) return { model, number: ancestor.number, name: ancestor.name, side: "ancestor", share: ancestor.shareMillionths, flowed: ancestor.flowed, ...place };
    return { model, number: childById.get(model)?.number ?? null, name: childById.get(model)?.name ?? null, side: "child", share: null, flowed: [], ...place };
  });
  const edges = lines.flatMap((line): Edge[] => {
    const [from, to] = [at.get(line.from), at.get(line.to)];
    if (from === undefined || to === undefined) return [];
    return [{ ...line, x1: from.x + NODE.width / 2, y1: from.y + NODE.height, x2: to.x + NODE.width / 2, y2: to.y }];
  });
  return { width, height: 2 * PAD + ordered.length * NODE.height + (ordered.length - 1) * GAP.y, nodes, edges, hidden: ancestors.length + children.length - shownAncestors.length - shownChildren.length };
}

/** The longest way up from the model, so that every line goes up. The registry has no circles; a node that says so is not believed for ever. */
function layersOf(self: string, up: ReadonlyMap<string, readonly { model: string }[]>): Map<string, number> {
  const layers = new Map<string, number>([[self, 0]]);
  let moved = true;
  for (let turn = 0; moved && turn <= up.size; turn++) {
    moved = false;
    for (const [child, layer] of [...layers]) {
      for (const { model } of up.get(child) ?? []) {
        if (model === self || !up.has(model) || (layers.get(model) ?? -1) > layer || layer + 1 > up.size) continue;
        layers.set(model, layer + 1);
        moved = true;
      }
    }
  }

  return compact(layers);
}

/** Without empty layers, which only a circle leaves behind. */
function compact(layers: Map<string, number>): Map<string, number> {
  const used = [...new Set(layers.values())].sort((a, b) => a - b);
  return new Map([...layers].map(([model, layer]) => [model, used.indexOf(layer)]));
}

/** A row's models in the order of the middle of their neighbours, a few times up and down: fewer lines cross. */
function untangle(rows: string[][], lines: readonly { from: string; to: string }[]): void {
  for (let turn = 0; turn < 4; turn++) {
    const order = turn % 2 === 0 ? [...rows.keys()] : [...rows.keys()].reverse();
    for (const layer of order) {
      const place = new Map(rows.flatMap((row) => row.map((model, i) => [model, (i + 0.5) / row.length] as const)));
      const middle = (model: string): number => {
        const near = lines.filter((line) => line.from === model || line.to === model).map((line) => place.get(line.from === model ? line.to : line.from) ?? 0.5);
        return near.length === 0 ? (place.get(model) ?? 0.5) : near.reduce((a, b) => a + b, 0) / near.length;
      };
      const weight = new Map((rows[layer] ?? []).map((model) => [model, middle(model)]));
      rows[layer]?.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0));
    }
  }
}
