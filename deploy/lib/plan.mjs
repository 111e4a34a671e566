// What is created, by what, and so at which address.
//
// Registry, rail and vault name one another, so none can be created at an address that depends on its own arguments. They
// are created by a Launcher, each at an address that depends on its number alone. The Launcher, and what names nobody, are
// created through the deterministic deployment proxy; by a plain transaction of the deployer where a chain has none.
import { concat, encodeDeployData, encodeFunctionData, getAddress, getContractAddress, keccak256, zeroHash } from "viem";
import { codeAt, findEas, schemaRegistryOf } from "./chain.mjs";
import { compiled, isCodeOf } from "./compiled.mjs";
import { PROXY } from "./proxy.mjs";
import { badInput, chainTrouble } from "./refusal.mjs";

/** One cent of the demo token. */
const DEMO_SMALLEST_LEAF = "10000";
/** The contract's name by its key in the result; the place in this list is its number. */
export const LAUNCHED = { registry: "ModelRegistry", rail: "InferencePayments", vault: "RoyaltySplit", resolver: "SettlementResolver", claimRelay: "ClaimRelay" };

const launchedAt = (launcher, number) => getContractAddress({ from: launcher, nonce: BigInt(number) });
const numberOf = (key) => Object.keys(LAUNCHED).indexOf(key) + 1;

/** The addresses that one launcher gives. */
export const contractsOf = (launcher) => Object.fromEntries(Object.keys(LAUNCHED).map((key) => [key, launchedAt(launcher, numberOf(key))]));

/** Code and arguments of a creation. */
function creation(name, args = []) {
  const { abi, bytecode } = compiled(name);
  return { name, abi, bytecode, initCode: encodeDeployData({ abi, bytecode, args }) };
}

const throughProxy = (salt, initCode) => getContractAddress({ opcode: "CREATE2", from: PROXY, salt, bytecode: initCode });

export function deterministicLauncher(deployer, salt) {
  return throughProxy(salt, creation("Launcher", [deployer]).initCode);
}

/**
 * `plain` is null where the proxy creates; else it says what an earlier run created or was about to
 * (`created`: { name: { address, nonce } }), and the deployer's next nonce.
 */
export async function makePlan({ chain, chainId, deployer, settings, plain }) {
  let nonce = plain?.nextNonce;
  const first = (name, args, salt = zeroHash) => {
    const made = creation(name, args);
    if (plain === null) return { ...made, via: "proxy", salt, address: throughProxy(salt, made.initCode), to: PROXY, data: concat([salt, made.initCode]) };
    const known = plain.created[name];
    const ownNonce = known === undefined ? nonce++ : known.nonce;
    const address = known === undefined ? getContractAddress({ from: deployer, nonce: BigInt(ownNonce) }) : getAddress(known.address);
    return { ...made, via: "creation", nonce: ownNonce, address, data: made.initCode };
  };

  const knownLauncher = plain === null ? deterministicLauncher(deployer, settings.salt) : plain.created.Launcher?.address;
  const place = (knownLauncher && (await easOfResolver(chain, knownLauncher, settings))) ?? (await findEas(chain, chainId, settings));
  const steps = [];
  const add = (step) => {
    steps.push(step);
    return step.address;
  };
  const schemaRegistry = place?.schemaRegistry ?? add(first("SchemaRegistry"));
  const eas = place?.eas ?? add(first("EAS", [schemaRegistry]));
  const demo = settings.demoToken ? add(first("DemoStablecoin")) : null;
  const launcher = add(first("Launcher", [deployer], settings.salt));
  const contracts = { ...contractsOf(launcher), eas, schemaRegistry };

  const tokens = [...settings.tokens, ...(demo === null ? [] : [{ address: demo, smallestLeaf: DEMO_SMALLEST_LEAF }])];
  const constructorArguments = {
    registry: [contracts.vault],
    rail: [contracts.registry, contracts.vault],
    vault: [contracts.registry, contracts.rail, vaultSettings(settings, tokens)],
    resolver: [eas, schemaRegistry, contracts.vault],
    claimRelay: [contracts.vault],
  };
  const { abi: launcherAbi } = compiled("Launcher");
  for (const [key, name] of Object.entries(LAUNCHED)) {
    const made = creation(name, constructorArguments[key]);
    const number = numberOf(key);
    add({
      ...made,
      abi: [...made.abi, ...launcherAbi.filter((one) => one.type === "error")],
      via: "launcher",
      number,
      address: contracts[key],
      to: launcher,
      data: encodeFunctionData({ abi: launcherAbi, functionName: "launch", args: [BigInt(number), made.initCode] }),
    });
  }
  for (const step of steps) step.isThere = (await codeAt(chain, step.address)) !== "0x";
  // Settings that ask for a demo token only since the vault is there come too late for it.
  const vaultIsThere = steps.find((step) => step.name === LAUNCHED.vault).isThere;
  const needed = steps.filter((step) => step.isThere || step.name !== "DemoStablecoin" || !vaultIsThere);
  return { chainId, deployer, deterministic: plain === null, launcher, contracts, tokens, steps: needed };
}

const vaultSettings = (settings, tokens) => ({
  guardian: settings.guardian,
  governor: settings.governor,
  attestors: settings.attestors,
  threshold: settings.threshold,
  window: settings.windowSeconds,
  tokens: tokens.map((token) => ({ token: token.address, smallestLeaf: BigInt(token.smallestLeaf) })),
});

/** A resolver that is there has chosen its EAS for ever, whatever is known of the chain today. */
async function easOfResolver(chain, launcher, settings) {
  const resolver = launchedAt(launcher, numberOf("resolver"));
  const code = await codeAt(chain, resolver);
  const { abi, bytecode } = compiled(LAUNCHED.resolver);
  // Other code is named when everything that is there is looked at.
  if (code === "0x" || !isCodeOf(code, bytecode)) return null;
  const eas = getAddress(await chain.readContract({ address: resolver, abi, functionName: "eas" }));
  if (settings.eas !== undefined && settings.eas !== eas) {
    throw badInput(`The SettlementResolver at ${resolver} attests at ${eas} for ever, setting eas names ${settings.eas}. Mend the setting, or choose another salt for a new deployment.`);
  }
  return { eas, schemaRegistry: await schemaRegistryOf(chain, eas) };
}

/** A little more than a creation can cost, before its predecessors exist to measure it against. */
export function mostGas(step, settings) {
  const bytes = (step.data.length - 2) / 2;
  const storage = {
    RoyaltySplit: 700_000 + 60_000 * settings.attestors.length + 80_000 * (settings.tokens.length + 1),
    // Seven schemas, texts and all.
    SettlementResolver: 3_000_000,
  };
  return BigInt(130_000 + bytes * 16 + Math.ceil(bytes / 32) * 2 + bytes * 200 + (storage[step.name] ?? 300_000));
}

/**
 * Everything that is there has to be what this release deploys there. A launcher knows what it created each contract from,
 * so nothing is left open; only the vault may have been created with other settings, which are compared later.
 */
export async function requireOwnCode(chain, plan) {
  const { abi: launcherAbi } = compiled("Launcher");
  const ask = (functionName, args) => chain.readContract({ address: plan.launcher, abi: launcherAbi, functionName, args });
  const remedy = plan.deterministic ? "Choose another salt for a new deployment" : "Choose another --out for a new deployment";
  for (const step of plan.steps.filter((one) => one.isThere)) {
    const foreign = () => chainTrouble(`The code at ${step.address} on chain ${plan.chainId} is not the ${step.name} of this release. ${remedy}, or use the release that it is of.`);
    if (!isCodeOf(await codeAt(chain, step.address), step.bytecode)) throw foreign();
    if (step.name === "Launcher" && getAddress(await ask("deployer")) !== plan.deployer) {
      throw chainTrouble(`The Launcher at ${step.address} obeys ${await ask("deployer")}, not ${plan.deployer}. Use that account's key.`);
    }
    if (step.via !== "launcher") continue;
    step.asPlanned = (await ask("initCodeHash", [BigInt(step.number)])) === keccak256(step.initCode);
    if (!step.asPlanned && step.name !== LAUNCHED.vault) throw foreign();
  }
}
