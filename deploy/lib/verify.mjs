// Whether what is deployed says of itself what it should.
import { parseAbi } from "viem";
import { compiled } from "./compiled.mjs";
import { LAUNCHED } from "./plan.mjs";
import { schemaRegistryOf } from "./chain.mjs";

/** In the order of the contract's SchemaKind. */
const SCHEMAS = ["provenance", "lineage", "contribution", "permission", "evaluation", "epoch", "usageRecord"];
const schemaAbi = parseAbi([
  "function getSchema(bytes32 uid) view returns ((bytes32 uid, address resolver, bool revocable, string schema))",
]);

const plain = (value) => JSON.stringify(value, (_, one) => (typeof one === "bigint" ? one.toString() : one));

/** What can never change: `faults` is empty where every contract names the right others. */
export async function verifyPeers(chain, { contracts }) {
  const faults = [];
  const read = (key, functionName, args) => chain.readContract({ address: contracts[key], abi: compiled(LAUNCHED[key]).abi, functionName, args });
  const expect = async (key, functionName, expected) => {
    const answer = await read(key, functionName);
    if (plain(answer) !== plain(expected)) faults.push(`${LAUNCHED[key]}.${functionName} is ${plain(answer)}, not ${plain(expected)}`);
  };
  await expect("registry", "vault", contracts.vault);
  await expect("rail", "registry", contracts.registry);
  await expect("rail", "vault", contracts.vault);
  await expect("vault", "registry", contracts.registry);
  await expect("vault", "rail", contracts.rail);
  await expect("resolver", "eas", contracts.eas);
  await expect("resolver", "vault", contracts.vault);
  await expect("claimRelay", "vault", contracts.vault);
  const kept = await schemaRegistryOf(chain, contracts.eas);
  if (kept !== contracts.schemaRegistry) faults.push(`EAS keeps its schemas at ${kept}, not at ${contracts.schemaRegistry}`);

  const schemas = {};
  for (const [kind, name] of SCHEMAS.entries()) {
    schemas[name] = await read("resolver", "schemaOf", [kind]);
    const { resolver } = await chain.readContract({ address: contracts.schemaRegistry, abi: schemaAbi, functionName: "getSchema", args: [schemas[name]] });
    if (resolver !== contracts.resolver) faults.push(`schema ${name} (${schemas[name]}) is not registered for the resolver`);
  }
  await expect("resolver", "epochSchema", schemas.epoch);
  return { faults, schemas };
}

/** What the vault says today. Its governor can have changed all of it. */
export async function readVault(chain, { contracts }) {
  const { abi } = compiled(LAUNCHED.vault);
  const read = (functionName) => chain.readContract({ address: contracts.vault, abi, functionName });
  return {
    window: await read("window"),
    threshold: await read("threshold"),
    attestors: [...(await read("attestors"))],
    guardian: await read("guardian"),
    governor: await read("governor"),
    tokens: (await read("listedTokens")).map(({ token, smallestLeaf }) => ({ address: token, smallestLeaf: smallestLeaf.toString() })),
  };
}

/** One line for each difference between the settings and the vault. */
export function differences(settings, tokens, vault) {
  const wanted = { ...settings, window: settings.windowSeconds, tokens: tokens.map(({ address, smallestLeaf }) => ({ address, smallestLeaf })) };
  return Object.keys(vault)
    .filter((name) => plain(wanted[name]) !== plain(vault[name]))
    .map((name) => `The vault's ${name} is ${plain(vault[name])}, the settings say ${plain(wanted[name])}`);
}
