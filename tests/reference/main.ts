// Verifies the folders of histories that are named, and prints the first difference in each.
//
//   node tests/reference/main.ts FOLDER…
import { checkHistory } from "./history.ts";
import { Wrong } from "./lines.ts";

const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error("Name the folders of histories.");
  process.exit(2);
}
for (const folder of folders) {
  try {
    const { epochs, damaged } = checkHistory(folder);
    console.log(`${folder}: ${epochs} epochs agree, ${damaged} damaged bundles are judged alike`);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    console.error(`${folder}: ${error.message}`);
    process.exitCode = 1;
  }
}
