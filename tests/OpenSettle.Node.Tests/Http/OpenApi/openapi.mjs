// Holds a document of OpenAPI 3.1 against the specification's own schema, and answers against the document. Input: the document, and a file of
// lines, each {"operation", "status", "type", "body"}. Objects may have no member that the document does not name.
// Output: "valid N answers", or the first faults.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const document = JSON.parse(readFileSync(process.argv[2], "utf8"));
const faults = [];

const checked = await new Validator().validate(structuredClone(document));
if (!checked.valid) faults.push(`the document: ${JSON.stringify(checked.errors).slice(0, 2000)}`);

const strict = (schema) => {
  if (schema === null || typeof schema !== "object") return schema;
  if (Array.isArray(schema)) return schema.map(strict);
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, strict(value)]));
  if (copy.properties !== undefined && copy.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
};

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
addFormats(ajv);
ajv.addSchema({ $id: "https://openapi.example/document", components: strict(document.components) });
// A keyword of the document around its schemas is none of theirs.
ajv.addVocabulary(["components"]);

const operations = new Map();
for (const methods of Object.values(document.paths))
  for (const operation of Object.values(methods)) operations.set(operation.operationId, operation);

const absolute = (schema) => JSON.parse(JSON.stringify(strict(schema)).replaceAll('"#/components/', '"https://openapi.example/document#/components/'));
const compiled = new Map();
let valid = 0;
for (const line of readFileSync(process.argv[3], "utf8").split("\n").filter((text) => text.length > 0)) {
  const answer = JSON.parse(line);
  const response = operations.get(answer.operation)?.responses[answer.status];
  const content = response?.content?.[answer.type];
  if (content === undefined) {
    faults.push(`${answer.operation}: no ${answer.type} for ${answer.status}`);
    continue;
  }
  const key = `${answer.operation} ${answer.status} ${answer.type}`;
  if (!compiled.has(key)) compiled.set(key, ajv.compile(absolute(content.schema)));
  const validate = compiled.get(key);
  if (validate(answer.body)) valid++;
  else faults.push(`${key}: ${JSON.stringify(validate.errors.slice(0, 4))} in ${JSON.stringify(answer.body).slice(0, 600)}`);
}
console.log(faults.length > 0 ? faults.slice(0, 8).join("\n") : `valid ${valid} answers`);
if (faults.length > 0) process.exitCode = 1;
