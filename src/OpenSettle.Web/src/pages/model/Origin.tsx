/** Where the model comes from, what flowed to those it derives from, and who made it. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { Lineage, Passport } from "../../api/passports.ts";
import { go } from "../../app/navigation.ts";
import type { Resource } from "../../app/resource.ts";
import { to } from "../../app/router.ts";
import { Empty, Loaded, Section, Table } from "../../parts/basics.tsx";
import { Level } from "../../parts/Figures.tsx";
import { AccountLink, ModelLink } from "../../parts/links.tsx";
import { Money, Outside } from "../../parts/values.tsx";
import { counted, grouped, millionths, shortAmount, shortHex } from "../../text/format.ts";
import { clipped, shown } from "../../text/outside.ts";
import { documentText, documentTexts } from "./document.ts";
import { type Graph, type Node, NODE, graphOf } from "./graph.ts";
import { ToAttestation } from "./jump.tsx";
import type { NameOf } from "./ModelPage.tsx";

export function Origin({ passport, lineage, nameOf }: { passport: Passport; lineage: Resource<Lineage>; nameOf: NameOf }) {
  const provenance = passport.attestations.filter((one) => one.kind === "provenance" && one.standing === "valid");
  const bases = documentTexts(passport.metadata.document, "baseModels");
  const datasets = documentTexts(passport.metadata.document, "datasets");
  return (
    <Section title="Where it comes from" id="origin" note="Ancestors above, with what part of a payment to this model goes to each; models made from it below.">
      <Loaded of={lineage} rows={2}>
        {(value) =>
          value.ancestors.length === 0 && value.children.length === 0 ? (
            <Empty title="It stands alone">The registry names no model that it derives from, and none that derives from it.</Empty>
          ) : (
            <Drawing lineage={value} nameOf={nameOf} />
          )
        }
      </Loaded>
      {provenance.length === 0 && bases.length === 0 && datasets.length === 0 ? null : (
        <ul class="lines spaced">
          {provenance.map((one) => {
            const relations = Array.isArray(one.says?.["relations"]) ? one.says["relations"].filter((relation): relation is string => typeof relation === "string") : [];
            const hashes = Array.isArray(one.says?.["datasetHashes"]) ? one.says["datasetHashes"].length : 0;
            return (
              <li key={one.uid}>
                <Level level="attested" />
                <span class="line-text">
                  Provenance: {counted(hashes, "data set")} by hash
                  {relations.length === 0 ? null : (
                    <>
                      {", "}
                      <Outside text={relations.join(", ")} most={200} />
                    </>
                  )}
                </span>
                <ToAttestation uid={one.uid} />
              </li>
            );
          })}
          {bases.length === 0 ? null : (
            <li>
              <Level level="selfReported" />
              <span class="line-text">
                Made from: <Outside text={bases.join(", ")} most={300} /> {documentText(passport.metadata.document, "baseModelRelation") === null ? null : <span class="dim">(<Outside text={documentText(passport.metadata.document, "baseModelRelation") ?? ""} most={40} />)</span>}
              </span>
            </li>
          )}
          {datasets.length === 0 ? null : (
            <li>
              <Level level="selfReported" />
              <span class="line-text">
                Data sets: <Outside text={datasets.join(", ")} most={300} />
              </span>
            </li>
          )}
        </ul>
      )}
    </Section>
  );
}

function Drawing({ lineage, nameOf }: { lineage: Lineage; nameOf: NameOf }) {
  const graph = graphOf(lineage);
  const box = useRef<HTMLDivElement>(null);
  // Where it is wider than the screen the model itself is in sight.
  useLayoutEffect(() => {
    if (box.current !== null) box.current.scrollLeft = (box.current.scrollWidth - box.current.clientWidth) / 2;
  }, [lineage.model, graph.width]);
  return (
    <>
      <div class="scroll graph-box" ref={box}>
        <Picture graph={graph} nameOf={nameOf} />
      </div>
      {graph.hidden > 0 ? <p class="note">{counted(graph.hidden, "model")} more: they are in the table.</p> : null}
      <details class="more">
        <summary>As a table</summary>
        <Table label="Lineage" head={["Model", "It is", { title: "Steps", class: "number" }, { title: "Of a payment", class: "number" }, "Flowed to it"]}>
          {lineage.ancestors.map((one) => (
            <tr key={one.model}>
              <td>
                <ModelLink model={one.model} number={one.number} name={one.name} />
              </td>
              <td>an ancestor</td>
              <td class="number">{grouped(one.depth)}</td>
              <td class="number">{millionths(one.shareMillionths)}</td>
              <td>
                {one.flowed.length === 0 ? <span class="dim">nothing</span> : one.flowed.map((flow) => <div key={flow.token}><Money value={flow.amount} token={nameOf(flow.token)} /></div>)}
              </td>
            </tr>
          ))}
          {lineage.children.map((one) => (
            <tr key={one.model}>
              <td>
                <ModelLink model={one.model} number={one.number} name={one.name} />
              </td>
              <td>made from this one</td>
              <td class="number">1</td>
              <td class="number">{millionths(one.share)} comes here</td>
              <td class="dim">–</td>
            </tr>
          ))}
        </Table>
      </details>
    </>
  );
}

function Picture({ graph, nameOf }: { graph: Graph; nameOf: NameOf }) {
  return (
    <svg class="graph" width={graph.width} height={graph.height} viewBox={`0 0 ${graph.width} ${graph.height}`} role="group" aria-label="Lineage: each model is a link">
      {graph.edges.map((edge) => {
        const middle = (edge.y1 + edge.y2) / 2;
        return (
          <g key={`${edge.from} ${edge.to}`} aria-hidden="true">
            <path class="edge" d={`M${edge.x1} ${edge.y1}C${edge.x1} ${middle} ${edge.x2} ${middle} ${edge.x2} ${edge.y2}`} />
            <rect class="edge-ground" x={(edge.x1 + edge.x2) / 2 - 22} y={middle - 11} width="44" height="22" rx="11" />
            <text class="edge-share" x={(edge.x1 + edge.x2) / 2} y={middle + 4} text-anchor="middle">
              {millionths(edge.share)}
            </text>
          </g>
        );
      })}
      {graph.nodes.map((node) => (
        <NodeShape key={node.model} node={node} nameOf={nameOf} />
      ))}
    </svg>
  );
}

function NodeShape({ node, nameOf }: { node: Node; nameOf: NameOf }) {
  const flowed = node.flowed.map((flow) => `${shortAmount(flow.amount, nameOf(flow.token).decimals)} ${nameOf(flow.token).symbol}`);
  const number = node.number === null ? shortHex(node.model) : `Model ${grouped(node.number)}`;
  const title = node.name === null ? number : clipped(shown(node.name), 18);
  const second = node.side === "self" ? "this model" : node.side === "child" ? "made from this one" : flowed.length > 0 ? `got ${flowed[0] ?? ""}${flowed.length > 1 ? " …" : ""}` : node.share === null ? "" : `${millionths(node.share)} of a payment`;
  const shape = (
    <>
      <title>{`${number}: ${second}`}</title>
      <rect width={NODE.width} height={NODE.height} rx="10" />
      <text class="node-title" x="14" y="27">
        {title}
      </text>
      <text class="node-note" x="14" y="47">
        {second.slice(0, 26)}
      </text>
    </>
  );
  if (node.side === "self") return <g class="node self" transform={`translate(${node.x} ${node.y})`}>{shape}</g>;
  return (
    <g transform={`translate(${node.x} ${node.y})`}>
      <a
        class={`node ${node.side}`}
        href={to.model(node.model)}
        onClick={(event) => {
          // A link of a drawing is not one that the page's own links are followed by.
          if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          go(to.model(node.model));
        }}
      >
        {shape}
      </a>
    </g>
  );
}

const MOST_CONTRIBUTORS = 50;

export function Contributors({ passport, nameOf }: { passport: Passport; nameOf: NameOf }) {
  const shown = passport.contributors.slice(0, MOST_CONTRIBUTORS);
  return (
    <Section title="Who made it" id="contributors" note="Accounts that are paid for it, in which roles, and what they earned by it.">
      {shown.length === 0 ? (
        <Empty title="Nobody has earned by it yet">Contributors show here with their roles once an epoch has divided a payment.</Empty>
      ) : (
        <Table label="Contributors" head={["Account", "Roles", { title: "Earned", class: "number" }]}>
          {shown.map((one) => (
            <tr key={one.account}>
              <td>
                <AccountLink account={one.account} />
              </td>
              <td>{one.roles.length === 0 ? <span class="dim">none now</span> : <Outside text={one.roles.join(", ")} most={120} />}</td>
              <td class="number">
                {one.earned.length === 0 ? <span class="dim">nothing yet</span> : one.earned.map((sum) => <div key={sum.token}><Money value={sum.amount} token={nameOf(sum.token)} /></div>)}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {passport.contributors.length > shown.length ? <p class="note">{counted(passport.contributors.length - shown.length, "more account")}: the export as JSON has all.</p> : null}
    </Section>
  );
}
