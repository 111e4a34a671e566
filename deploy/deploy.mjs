// Deploys OpenSettle's contracts to any chain, once, at the same addresses everywhere. README.md says how.
//
//   OPENSETTLE_DEPLOYER_KEY=0x… node deploy/deploy.mjs --rpc URL --settings FILE.json [--out FILE.json]
//   node deploy/deploy.mjs --rpc URL --settings FILE.json --dry-run --deployer ADDRESS
//
// Every address is known before, so a run asks the chain what is there, checks it, and creates the rest: run the same
// command again after any interruption. Run after a success, it checks what is there and sends nothing.
//
// Progress goes to stderr, the path of the result to stdout. Exit code 2: a setting is wrong; 3: the chain is.
import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BaseError, formatEther, getAddress, isAddress } from "viem";
import { checkChain, codeAt, connect, creationBlock, currentFees, describeToken, isLocal, unreachable } from "./lib/chain.mjs";
import { readJson, requireWritable, writeWhole } from "./lib/files.mjs";
import { readArguments, readDeployer, readSettings } from "./lib/input.mjs";
import { contractsOf, deterministicLauncher, LAUNCHED, makePlan, mostGas, requireOwnCode } from "./lib/plan.mjs";
import { bringProxy, PROXY, PROXY_SIGNER, proxyIsThere, proxyLack } from "./lib/proxy.mjs";
import { badInput, chainTrouble, Refusal, say } from "./lib/refusal.mjs";
import { Sender } from "./lib/send.mjs";
import { differences, readVault, verifyPeers } from "./lib/verify.mjs";

// What earlier runs left

/** The result of a finished run, or null. */
async function readEarlier(run) {
  const { out, chain, chainId, deployer, settings } = run;
  const earlier = readJson(out, "The file of --out", null);
  if (earlier === null) return null;
  if (earlier.chainId !== chainId) throw badInput(`${out} describes a deployment on chain ${earlier.chainId}, --rpc leads to chain ${chainId}. Choose another --out or --rpc.`);
  const named = earlier.contracts ?? {};
  // A deployment of before there was a relay has none: this run adds it.
  const known = Object.keys(LAUNCHED).filter((key) => key !== "claimRelay" || named[key] !== undefined);
  for (const key of [...known, "eas", "schemaRegistry"]) {
    if (!isAddress(named[key] ?? "")) throw badInput(`${out} names no ${key}, so it is no deployment of OpenSettle. Choose another --out.`);
  }
  const plain = earlier.deterministic === false && isAddress(earlier.launcher ?? "");
  const expected = contractsOf(plain ? getAddress(earlier.launcher) : deterministicLauncher(deployer, settings.salt));
  for (const key of known) {
    if (getAddress(named[key]) !== expected[key]) {
      throw badInput(`${out} describes another deployment: its ${LAUNCHED[key]} is at ${named[key]}, this deployer and salt give ${expected[key]}. Choose another --out, or put deployer and salt back.`);
    }
    if ((await codeAt(chain, expected[key])) !== "0x") continue;
    if (!isLocal(chainId)) throw chainTrouble(`${out} names a ${LAUNCHED[key]} at ${expected[key]}, where chain ${chainId} has nothing. Choose an --rpc that is in step with its chain, or another --out.`);
    say(`${out} is of a local chain that was started anew.`);
    return null;
  }
  return earlier;
}

/** What a chain without proxy was given by plain creations: nothing there tells their addresses. Null: look at the proxy. */
async function readPlain(run, earlier) {
  const { partialPath, chain, chainId, deployer, settings } = run;
  const nextNonce = await chain.getTransactionCount({ address: deployer, blockTag: "latest" });
  if (earlier !== null) {
    if (earlier.deterministic !== false) return null;
    const created = { Launcher: { address: earlier.launcher } };
    // The listed token that the settings do not name.
    const demo = (earlier.tokens ?? []).find((token) => !settings.tokens.some((one) => one.address === token.address));
    if (demo !== undefined) created.DemoStablecoin = { address: demo.address };
    return { nextNonce, created };
  }
  const partial = readJson(partialPath, "The unfinished deployment", null);
  if (partial === null) return null;
  const remedy = `Remove ${partialPath} to deploy anew`;
  if (partial.chainId !== chainId) throw badInput(`${partialPath} is an unfinished deployment on chain ${partial.chainId}, --rpc leads to chain ${chainId}. ${remedy}, or mend --rpc.`);
  if (partial.deployer !== deployer) throw badInput(`${partialPath} is an unfinished deployment by ${partial.deployer}, this deployer is ${deployer}. ${remedy}, or use the first key.`);
  const pending = await chain.getTransactionCount({ address: deployer, blockTag: "pending" });
  const created = {};
  for (const [name, one] of Object.entries(partial.created ?? {})) {
    const isThere = async () => (await codeAt(chain, one.address)) !== "0x";
    // Another machine behind the same URL may be a block behind.
    const known = (await isThere()) || (one.nonce < nextNonce && (await delay(2_000).then(isThere)));
    if (known || (one.nonce >= nextNonce && one.nonce <= Math.max(nextNonce, pending))) created[name] = one;
  }
  if (Object.keys(created).length === 0) return null;
  // A planned creation that was stored, and perhaps sent, has its nonce already.
  const taken = Object.values(created).map((one) => one.nonce + 1);
  return { nextNonce: Math.max(nextNonce, ...taken), created };
}

// Going on from there

async function planFrom(run, plain) {
  const plan = await makePlan({ ...run, plain });
  await requireOwnCode(run.chain, plan);
  return plan;
}

async function announce(run, plan, proxyMissing) {
  const { chain, chainId, deployer, settings, dryRun } = run;
  const missing = plan.steps.filter((step) => !step.isThere);
  const { price } = await currentFees(chain);
  const lack = proxyMissing ? await proxyLack(chain) : 0n;
  const gas = missing.reduce((sum, step) => sum + mostGas(step, settings), 0n);
  const cost = gas * price + lack;
  const balance = await chain.getBalance({ address: deployer });
  const begun = plan.steps.some((step) => step.via === "launcher" && step.isThere);
  say(`${begun ? "Going on with" : "Deploying"} OpenSettle on chain ${chainId} by ${deployer}: ${missing.length} contracts, at most ${gas} gas, ${formatEther(cost)} of ${formatEther(balance)} native coin.`);
  const short = balance < cost ? `The deployer ${deployer} has ${formatEther(balance)} native coin, deploying may take ${formatEther(cost)}. Send it the difference.` : null;
  if (short !== null && !dryRun) throw chainTrouble(short);
  if (short !== null) say(short);
}

function foretell(plan, proxyMissing) {
  if (plan.deterministic) say(`  Deterministic deployment proxy ${proxyMissing ? "would be" : "is"} at ${PROXY}`);
  if (!plan.steps.some((step) => step.name === "EAS")) say(`  EAS is at ${plan.contracts.eas}, its SchemaRegistry at ${plan.contracts.schemaRegistry}`);
  for (const step of plan.steps) say(`  ${step.name} ${step.isThere ? "is" : "would be"} at ${step.address}`);
}

async function create(run, sender, step, created) {
  const { chain, chainId, deployer, partialPath } = run;
  const beforeSending = (nonce) => {
    created[step.name] = { address: step.address, nonce };
    writeWhole(partialPath, { chainId, deployer, created });
  };
  const receipt = await sender.send({ ...step, beforeSending: step.via === "creation" ? beforeSending : undefined });
  for (let left = 10; (await codeAt(chain, step.address)) === "0x"; left--) {
    if (left === 0) throw chainTrouble(`The transaction ${receipt?.transactionHash} was mined, and nothing is at ${step.address}, where ${step.name} should be. Run again.`);
    await delay(1_000);
  }
  step.isThere = true;
  step.isNew = true;
  step.block = receipt === null ? undefined : Number(receipt.blockNumber);
  say(`  ${step.name} at ${step.address}${receipt === null ? "" : ` (block ${receipt.blockNumber}, ${receipt.gasUsed} gas)`}`);
}

/** Creates what is missing, and returns the plan by which it was done. */
async function carryOut(run, account, plan, plain, proxyMissing) {
  const { chain, chainId } = run;
  const sender = new Sender(chain, chainId, account);
  const ours = [PROXY, PROXY_SIGNER, plan.launcher];
  const nonces = Object.values(plain?.created ?? {}).map((one) => one.nonce);
  await sender.settle(({ to, nonce }) => (to ? ours.includes(getAddress(to)) : nonces.includes(Number(nonce))));
  // What was under way may have come.
  let current = await planFrom(run, plain && { ...plain, nextNonce: Math.max(plain.nextNonce, await nextNonceOf(run)) });
  if (proxyMissing && !(await bringProxy(chain, chainId, sender))) {
    current = await planFrom(run, { nextNonce: await nextNonceOf(run), created: {} });
  }
  const created = { ...plain?.created };
  for (const step of current.steps.filter((one) => !one.isThere)) await create(run, sender, step, created);
  await requireOwnCode(chain, current);
  return current;
}

const nextNonceOf = ({ chain, deployer }) => chain.getTransactionCount({ address: deployer, blockTag: "latest" });

// What came of it

/** Asks every contract. What governance can have changed is told, and no fault. */
async function inspect({ chain, settings }, plan) {
  const { faults, schemas } = await verifyPeers(chain, plan);
  if (faults.length > 0) throw chainTrouble(`What is deployed does not fit together: ${faults.join("; ")}. Choose another salt for a new deployment.`);
  const vault = await readVault(chain, plan);
  const step = plan.steps.find((one) => one.name === LAUNCHED.vault);
  const different = differences(settings, plan.tokens, vault);
  if (step.isNew && different.length > 0) throw chainTrouble(`Deployed, but not as planned: ${different.join("; ")}. Choose another salt for a new deployment.`);
  for (const line of different) say(`warning: ${line}: it has been changed since${step.asPlanned ? "" : ", or was deployed so"}.`);
  return { vault, schemas };
}

/** Writes the file, unless it says all this already. */
async function conclude(run, plan, earlier) {
  const { chain, chainId, settings, out, partialPath } = run;
  const { vault, schemas } = await inspect(run, plan);
  const launcher = plan.steps.find((one) => one.name === "Launcher");
  const firstLog = launcher.abi.find((one) => one.type === "event" && one.name === "Launched");
  const result = {
    chainId,
    deployedAtBlock: earlier?.deployedAtBlock ?? launcher.block ?? (await creationBlock(chain, plan.launcher, firstLog)),
    contracts: plan.contracts,
    tokens: await Promise.all(vault.tokens.map((token) => describeToken(chain, chainId, token))),
    window: vault.window,
    threshold: vault.threshold,
    attestors: vault.attestors,
    guardian: vault.guardian,
    governor: vault.governor,
    epochSchema: schemas.epoch,
    schemas,
    launcher: plan.launcher,
    salt: settings.salt,
    deterministic: plan.deterministic,
  };
  const isNews = JSON.stringify(earlier) !== JSON.stringify(result);
  if (isNews) writeWhole(out, result);
  rmSync(partialPath, { force: true });
  return isNews;
}

async function main() {
  const { rpc, host, settingsPath, out: given, deployer: named, dryRun } = readArguments(process.argv.slice(2));
  const settings = readSettings(settingsPath);
  const account = readDeployer({ deployer: named, dryRun });
  const chain = connect(rpc, host);
  const chainId = await checkChain(chain, settings, host);
  const out = given ?? fileURLToPath(new URL(`addresses/${chainId}.json`, import.meta.url));
  const run = { chain, chainId, deployer: account.address, settings, out, partialPath: `${out}.partial`, dryRun };

  const earlier = await readEarlier(run);
  const plain = await readPlain(run, earlier);
  let plan = await planFrom(run, plain);
  const complete = plan.steps.every((step) => step.isThere);
  if (!complete) await Promise.all(settings.tokens.map((token) => describeToken(chain, chainId, token)));
  const proxyMissing = plan.steps.some((step) => step.via === "proxy" && !step.isThere) && !(await proxyIsThere(chain, chainId));

  if (!complete) await announce(run, plan, proxyMissing);
  if (dryRun) {
    foretell(plan, proxyMissing);
    if (complete) await inspect(run, plan);
    say("Dry run: nothing was sent or written.");
    return;
  }
  requireWritable(out);
  if (!complete) plan = await carryOut(run, account, plan, plain, proxyMissing);
  const isNews = await conclude(run, plan, earlier);
  const renewed = earlier !== null && isNews ? ` ${out} was brought up to date.` : "";
  say(complete ? `Already deployed on chain ${chainId}, and every contract answers as it should. Nothing was sent.${renewed}` : "Deployed, and every contract answers as it should.");
  process.stdout.write(`${out}\n`);
}

try {
  await main();
} catch (error) {
  if (error instanceof Refusal) {
    say(`error: ${error.message}`);
    process.exitCode = error.exitCode;
  } else if (error instanceof BaseError) {
    const away = unreachable(error) ? "cannot be reached" : "did not answer as it should";
    say(`error: The chain at ${error.host ?? "--rpc"} ${away}: ${error.shortMessage.split("\n")[0]} Check --rpc and run again.`);
    process.exitCode = 3;
  } else {
    throw error;
  }
}
