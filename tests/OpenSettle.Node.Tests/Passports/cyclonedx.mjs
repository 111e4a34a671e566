// Validates BOMs with CycloneDX's own library. Input: a file of lines, each a version, a space and a BOM as one line of JSON.
// Output: "valid N", or the first faults.
import { readFileSync } from "node:fs";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";

const validators = {
  "1.6": new Validation.JsonStrictValidator(Spec.Version.v1dot6),
  "1.7": new Validation.JsonStrictValidator(Spec.Version.v1dot7),
};
let valid = 0;
for (const line of readFileSync(process.argv[2], "utf8").split("\n").filter((text) => text.length > 0)) {
  const version = line.slice(0, 3);
  const faults = await validators[version].validate(line.slice(4));
  if (faults !== null) {
    console.log(`invalid ${version}: ${JSON.stringify(faults).slice(0, 800)} in ${line.slice(4, 400)}`);
    process.exitCode = 1;
    break;
  }
  valid++;
}
if (!process.exitCode) console.log(`valid ${valid}`);
