// What is deployed: the contracts of this release, and EAS as its own package has it.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { getAddress } from "viem";
import { readJson } from "./files.mjs";

const easPackage = dirname(createRequire(import.meta.url).resolve("@ethereum-attestation-service/eas-contracts/package.json"));

const easArtifact = (name) => readJson(join(easPackage, `artifacts/contracts/${name}.sol/${name}.json`), "The artifact");
const ownContract = (name) =>
  readJson(fileURLToPath(new URL(`../../src/OpenSettle.Ethereum/Contracts/Compiled/${name}.json`, import.meta.url)), "The compiled contract");

const alreadyRead = new Map();

/** A contract's ABI and creation bytecode. */
export function compiled(name) {
  if (!alreadyRead.has(name)) alreadyRead.set(name, name === "EAS" || name === "SchemaRegistry" ? easArtifact(name) : ownContract(name));
  return alreadyRead.get(name);
}

/** Where EAS is on chains that its own package knows. */
export function deployedEas(chainId) {
  for (const network of readdirSync(join(easPackage, "deployments"))) {
    const folder = join(easPackage, "deployments", network);
    try {
      if (Number(readFileSync(join(folder, ".chainId"), "utf8")) !== chainId) continue;
    } catch {
      continue;
    }
    return {
      eas: getAddress(readJson(join(folder, "EAS.json"), "The deployment").address),
      schemaRegistry: getAddress(readJson(join(folder, "SchemaRegistry.json"), "The deployment").address),
    };
  }
  return null;
}

const INVALID = 0xfe;
const PUSH32 = 0x7f;
/** How the Solidity compiler ends a contract: its name, its version, and the length of this note. */
const LAST_BYTES = /64736f6c6343[0-9a-f]{6}00(0a|33)$/i;

/**
 * Whether the code is the whole of the code inside the creation bytecode. Only immutables may differ: words that are zero
 * there, behind a PUSH32. What they hold is seen by what the contract was launched from, and by asking it.
 */
export function isCodeOf(code, bytecode) {
  if (!LAST_BYTES.test(code)) return false;
  const given = Buffer.from(code.slice(2), "hex");
  const whole = Buffer.from(bytecode.slice(2), "hex");
  // The constructor's own code ends with INVALID.
  for (let start = 1; start + given.length <= whole.length; start++) {
    if (whole[start - 1] === INVALID && isSame(given, whole.subarray(start, start + given.length))) return true;
  }
  return false;
}

function isSame(code, compiledCode) {
  for (let i = 0; i < code.length; i++) {
    if (code[i] === compiledCode[i]) continue;
    const word = immutableAround(compiledCode, i);
    if (word === null) return false;
    i = word + 31;
  }
  return true;
}

/** Where the word begins that is an immutable's place and holds byte `at`. */
function immutableAround(code, at) {
  for (let start = Math.max(1, at - 31); start <= at; start++) {
    if (code[start - 1] === PUSH32 && start + 32 <= code.length && code.subarray(start, start + 32).every((byte) => byte === 0)) return start;
  }
  return null;
}
