// Writes src/OpenSettle.Ethereum/Keys/nfkd.txt: Unicode's NFKD as data, taken from what Node's own normalisation does.
//
//   node tests/vectors/nfkd.mjs           writes it
//   node tests/vectors/nfkd.mjs --check   compares it with what would be written; exit code 1 on a difference
//
// Unicode never changes how a character that exists is taken apart, so that a newer Node only has more of them: another
// Unicode version than the file's is compared over the file's characters alone.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = fileURLToPath(new URL("../../src/OpenSettle.Ethereum/Keys/nfkd.txt", import.meta.url));
const hex = (point) => point.toString(16);
const nfkd = (text) => text.normalize("NFKD");

const whole = []; // characters that stay as they are
const apart = []; // and those that do not
for (let point = 0x80; point < 0x110000; point++) {
  // Halves of pairs are no characters, and Hangul syllables are taken apart by a rule.
  if ((point >= 0xd800 && point < 0xe000) || (point >= 0xac00 && point <= 0xd7a3)) continue;
  const text = String.fromCodePoint(point);
  const parts = [...nfkd(text)];
  if (parts.length === 1 && parts[0] === text) whole.push(text);
  else apart.push([point, ...parts.map((part) => part.codePointAt(0))].map(hex).join(" "));
}

// Marks change places with marks of a lower class: with the lowest there is, or with the highest.
const moves = (first, second) => first !== second && nfkd(`a${first}${second}`) === `a${second}${first}`;
const marks = whole.filter((text) => moves(text, "\u0334") || moves("\u0345", text));
const classes = [];
for (const mark of marks) {
  const same = classes.find(([other]) => !moves(mark, other) && !moves(other, mark));
  if (same) same.push(mark);
  else classes.push([mark]);
}
classes.sort(([a], [b]) => (moves(b, a) ? -1 : 1));

const lines = [
  `# Unicode ${process.versions.unicode}, written by tests/vectors/nfkd.mjs; the licence lies beside.`,
  "# Marks by class, lowest first: a class's number, then its characters. A mark moves before marks of a higher class.",
  ...classes.map((members, i) => `class ${i + 1} ${members.map((mark) => hex(mark.codePointAt(0))).join(" ")}`),
  "# Characters, and what they are taken apart into.",
  ...apart,
];
const text = `${lines.join("\n")}\n`;
if (process.argv.includes("--check")) {
  const committed = readFileSync(path, "utf8");
  const sameVersion = committed.split("\n")[0] === lines[0];
  const known = new Set(apart);
  const fresh = sameVersion ? committed === text : committed.split("\n").filter((line) => /^[0-9a-f]+ /.test(line)).every((line) => known.has(line));
  if (!fresh) {
    console.error("src/OpenSettle.Ethereum/Keys/nfkd.txt is not what tests/vectors/nfkd.mjs writes.");
    process.exit(1);
  }
} else writeFileSync(path, text);
