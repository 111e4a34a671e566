// What was asked for: arguments, settings and key.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { getAddress, isAddress, keccak256, toHex, zeroAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { readJson } from "./files.mjs";
import { badInput } from "./refusal.mjs";

const USAGE = "Usage: node deploy/deploy.mjs --rpc URL --settings FILE.json [--out FILE.json] [--dry-run [--deployer ADDRESS]]";
const DEFAULT_SALT = keccak256(toHex("OpenSettle"));
/** As the vault has it. */
const LONGEST_WINDOW = 30 * 24 * 60 * 60;
const KNOWN = [
  "guardian", "governor", "attestors", "threshold", "windowSeconds", "tokens", "demoToken", "expectedChainId", "eas", "schemaRegistry", "salt",
];

export function readArguments(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        rpc: { type: "string" },
        settings: { type: "string" },
        out: { type: "string" },
        deployer: { type: "string" },
        "dry-run": { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw badInput(`${error.message} ${USAGE}`);
  }
  for (const name of ["rpc", "settings"]) {
    if (!values[name]) throw badInput(`--${name} is missing. ${USAGE}`);
  }
  if (values.out === "") throw badInput(`--out is empty. ${USAGE}`);
  let url;
  try {
    url = new URL(values.rpc);
  } catch {
    url = null;
  }
  if (url?.protocol !== "http:" && url?.protocol !== "https:") throw badInput("--rpc is not an http:// or https:// URL.");
  const dryRun = values["dry-run"];
  if (values.deployer !== undefined) {
    if (!dryRun) throw badInput("--deployer goes with --dry-run only: to deploy, set OPENSETTLE_DEPLOYER_KEY.");
    if (!isAddress(values.deployer) || getAddress(values.deployer) === zeroAddress) throw badInput("--deployer is not an account's address.");
  }
  return {
    rpc: values.rpc,
    host: url.host,
    settingsPath: values.settings,
    out: values.out === undefined ? undefined : resolve(values.out),
    deployer: values.deployer === undefined ? undefined : getAddress(values.deployer),
    dryRun,
  };
}

export const readSettings = (path) => checkSettings(readJson(path, "The settings file"), path);

export function checkSettings(given, path) {
  if (given === null || typeof given !== "object" || Array.isArray(given)) throw badInput(`The settings file ${path} is not a JSON object.`);
  for (const key of Object.keys(given)) {
    if (!KNOWN.includes(key)) throw badInput(`Setting ${key} is unknown. Known: ${KNOWN.join(", ")}.`);
  }
  const guardian = address(given.guardian, "guardian");
  const governor = address(given.governor, "governor");
  // The governor schedules, the guardian cancels: one account that is both could replace the attestors, and so take money.
  if (guardian === governor) throw badInput(`Settings guardian and governor both name ${governor}. Each has to watch the other: name two accounts of different people.`);

  const attestors = list(given.attestors, "attestors").map((one, i) => address(one, `attestors[${i}]`));
  if (attestors.length === 0) throw badInput("Setting attestors is empty. Name at least one.");
  distinct(attestors, "attestors");
  const demoToken = given.demoToken ?? false;
  if (typeof demoToken !== "boolean") throw badInput("Setting demoToken is neither true nor false.");
  const tokens = list(given.tokens ?? [], "tokens").map((token, i) => {
    const leaf = String(token?.smallestLeaf ?? "");
    if (!/^[1-9][0-9]{0,38}$/.test(leaf) || BigInt(leaf) >= 1n << 128n) throw badInput(`Setting tokens[${i}].smallestLeaf is not an integer from 1 to 2^128-1 (in the token's smallest unit).`);
    return { address: address(token.address, `tokens[${i}].address`, "native coin"), smallestLeaf: leaf };
  });
  distinct(tokens.map((token) => token.address), "tokens");
  if (tokens.length === 0 && !demoToken) throw badInput("Setting tokens is empty. List a token, or the zero address for native coin; none that is listed is ever taken off.");
  if ((given.eas === undefined) !== (given.schemaRegistry === undefined)) throw badInput("Settings eas and schemaRegistry go together. Name both or neither.");
  const salt = given.salt ?? DEFAULT_SALT;
  if (typeof salt !== "string" || !/^0x[0-9a-fA-F]{64}$/.test(salt)) throw badInput("Setting salt is not 0x and 64 hexadecimal digits. Leave it out, unless this deployer deploys a second time on the same chain.");
  return {
    guardian,
    governor,
    attestors,
    threshold: integer(given.threshold, "threshold", 1, attestors.length),
    windowSeconds: integer(given.windowSeconds, "windowSeconds", 1, LONGEST_WINDOW),
    tokens,
    demoToken,
    expectedChainId: given.expectedChainId === undefined ? undefined : integer(given.expectedChainId, "expectedChainId", 1, Number.MAX_SAFE_INTEGER),
    eas: given.eas === undefined ? undefined : address(given.eas, "eas"),
    schemaRegistry: given.schemaRegistry === undefined ? undefined : address(given.schemaRegistry, "schemaRegistry"),
    salt: salt.toLowerCase(),
  };
}

function address(value, name, zeroMeans) {
  if (typeof value !== "string" || !isAddress(value)) throw badInput(`Setting ${name} is not an address (0x and 40 hexadecimal digits, with a right checksum if mixed case).`);
  if (getAddress(value) === zeroAddress && zeroMeans === undefined) throw badInput(`Setting ${name} is the zero address. Name a real account.`);
  return getAddress(value);
}

function integer(value, name, least, most) {
  if (!Number.isInteger(value) || value < least || value > most) throw badInput(`Setting ${name} is not an integer from ${least} to ${most}.`);
  return value;
}

function list(value, name) {
  if (!Array.isArray(value)) throw badInput(`Setting ${name} is not a list.`);
  return value;
}

function distinct(addresses, name) {
  const twice = addresses.find((one, i) => addresses.indexOf(one) !== i);
  if (twice !== undefined) throw badInput(`Setting ${name} names ${twice} twice. Name each once.`);
}

/** The account that signs; only an address where a dry run names one and there is no key. */
export function readDeployer({ deployer, dryRun }) {
  const key = process.env.OPENSETTLE_DEPLOYER_KEY ?? "";
  if (key === "" && deployer !== undefined) return { address: deployer };
  if (key === "") {
    const instead = dryRun ? " For a dry run, --deployer ADDRESS does as well." : "";
    throw badInput(`The environment variable OPENSETTLE_DEPLOYER_KEY is not set. It holds the deployer's private key.${instead}`);
  }
  let account;
  try {
    if (!/^0x[0-9a-fA-F]{64}$/.test(key)) throw new Error();
    account = privateKeyToAccount(key);
  } catch {
    throw badInput("The environment variable OPENSETTLE_DEPLOYER_KEY is not a private key (0x and 64 hexadecimal digits).");
  }
  if (deployer !== undefined && deployer !== account.address) throw badInput(`--deployer names ${deployer}, OPENSETTLE_DEPLOYER_KEY is of ${account.address}. Leave one of them out.`);
  return account;
}
