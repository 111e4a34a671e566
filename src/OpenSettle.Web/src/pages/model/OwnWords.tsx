/** What the owner says of the model: an advertisement, until something else says the same. */

import type { ComponentChildren } from "preact";
import type { Passport } from "../../api/passports.ts";
import { Empty, Pairs, Section, Table } from "../../parts/basics.tsx";
import { Level } from "../../parts/Figures.tsx";
import { Copyable, Outside } from "../../parts/values.tsx";
import { counted } from "../../text/format.ts";
import { documentResults, documentText, documentTexts, linesOf, safeLink } from "./document.ts";

/** A longer text from outside, line by line. */
export function Prose({ text, most }: { text: string; most: number }) {
  const { lines, more } = linesOf(text, most);
  return (
    <div class="prose">
      {lines.map((line, i) => (
        <p key={i}>
          <Outside text={line} most={1000} />
        </p>
      ))}
      {more ? <p class="note">There is more: the document has it.</p> : null}
    </div>
  );
}

export function OwnWords({ passport }: { passport: Passport }) {
  const { document, hash, uri } = passport.metadata;
  const named = !/^0x0+$/.test(hash);
  const link = safeLink(uri);
  const text = (...path: string[]): ComponentChildren => {
    const value = documentText(document, ...path);
    return value === null ? null : <Outside text={value} most={300} />;
  };
  const pair = (name: string, value: ComponentChildren): readonly [string, ComponentChildren] | null => (value === null ? null : [name, value]);
  const list = (name: string): ComponentChildren => {
    const values = documentTexts(document, name);
    return values.length === 0 ? null : <Outside text={values.slice(0, 60).join(", ")} most={600} />;
  };
  const description = documentText(document, "description");
  const results = documentResults(document);
  const licence = safeLink(documentText(document, "license", "link") ?? "");
  return (
    <Section title="What its owner says" id="owner-says">
      <div class="card">
        <div class="card-head">
          <h3>{documentText(document, "name") === null ? "Document" : <Outside text={documentText(document, "name") ?? ""} most={80} />}</h3>
          <Level level={passport.metadata.level ?? "selfReported"} />
        </div>
        {document === null ? (
          <Empty title={named ? "The owner's document is not at this node" : "The owner names no document"}>
            {named ? "Whoever has it may publish it here: its hash is what the registry names." : "A document with licence, limitations and results would be named in the registry by its hash."}
          </Empty>
        ) : (
          <>
            {description === null ? null : <Prose text={description} most={30} />}
            <Pairs
              of={[
                pair("Licence", documentText(document, "license", "id") === null ? null : <>{text("license", "id")} {documentText(document, "license", "name") === null ? null : <>({text("license", "name")})</>} {licence === null ? null : <a href={licence} rel="noopener noreferrer" target="_blank"><Outside text={licence} most={300} /></a>}</>),
                pair("Task", text("task")),
                pair("Library", text("library")),
                pair("Languages", list("languages")),
                pair("Tags", list("tags")),
                pair("Data sets", list("datasets")),
                pair("Made from", list("baseModels")),
              ]}
            />
          </>
        )}
        <Pairs
          of={[
            named ? ["Document's hash", <Copyable text={hash} what="document's hash" />] : null,
            uri === "" ? null : ["Address", link === null ? <Outside text={uri} most={300} /> : <a href={link} rel="noopener noreferrer" target="_blank"><Outside text={uri} most={300} /></a>],
          ]}
        />
        {results.length === 0 ? null : (
          <details class="more">
            <summary>{counted(results.length, "result")} of its own, which rank nothing</summary>
            <Table label="Reported results" head={["Task", "Data set", "Metric", { title: "Value", class: "number" }]}>
              {results.slice(0, 100).map((one, i) => (
                <tr key={i}>
                  <td>
                    <Outside text={one.task} most={60} />
                  </td>
                  <td>
                    <Outside text={one.dataset} most={60} />
                  </td>
                  <td>
                    <Outside text={one.metric} most={60} />
                  </td>
                  <td class="number">
                    <Outside text={one.value} most={40} />
                  </td>
                </tr>
              ))}
            </Table>
            {results.length > 100 ? <p class="note">The first 100; the export as JSON has all.</p> : null}
          </details>
        )}
      </div>
    </Section>
  );
}
