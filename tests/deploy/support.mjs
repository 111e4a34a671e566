// A local chain, a door before it that can be shut, and the deployment as a process: what these tests stand on.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { mnemonicToAccount } from "viem/accounts";
import { toHex } from "viem";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = createRequire(import.meta.url).resolve("hardhat/package.json");
const hardhat = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.hardhat);

const account = (addressIndex) => mnemonicToAccount("test test test test test test test test test test test junk", { addressIndex });
export const deployer = account(0);
export const governor = account(1);
export const stranger = account(9);
export const keyOf = (one) => toHex(one.getHdKey().privateKey);

/** Settings that deploy. */
export const settings = (changes = {}) => ({
  guardian: account(2).address,
  governor: governor.address,
  attestors: [account(3).address, account(4).address, account(5).address],
  threshold: 2,
  windowSeconds: 3,
  demoToken: true,
  tokens: [{ address: "0x0000000000000000000000000000000000000000", smallestLeaf: "1000" }],
  ...changes,
});

async function freePort() {
  const socket = createSocket().listen(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/** One call; an answer that is an error throws. */
export async function call(url, method, params = []) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

/** A Hardhat node of its own. `stop` in an `after` hook. */
export async function startChain(chainId = 31337) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [hardhat, "node", "--hostname", "127.0.0.1", "--port", String(port), "--chain-id", String(chainId)], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const chain = {
    url,
    call: (method, ...params) => call(url, method, params),
    nonceOf: async (address) => Number(await call(url, "eth_getTransactionCount", [address, "latest"])),
    codeAt: (address) => call(url, "eth_getCode", [address, "latest"]),
    balanceOf: async (address) => BigInt(await call(url, "eth_getBalance", [address, "latest"])),
    blockNumber: async () => Number(await call(url, "eth_blockNumber")),
    stop: async () => {
      if (child.exitCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
  for (let left = 300; ; left--) {
    try {
      await chain.blockNumber();
      return chain;
    } catch (error) {
      if (left === 0 || child.exitCode !== null) throw new Error("The Hardhat node did not start.", { cause: error });
      await delay(100);
    }
  }
}

/** Puts the chain back after each test of a file to what it was before. */
export function eachOnAFreshChain(chain, { beforeEach, afterEach }) {
  let snapshot;
  beforeEach(async () => {
    snapshot = await chain.call("evm_snapshot");
  });
  afterEach(async () => {
    await chain.call("evm_revert", snapshot);
  });
}

/**
 * Stands before a chain and passes everything on. `onSend(raw, forward)` is asked about each raw transaction, and answers
 * with the JSON-RPC reply, or undefined to leave the caller without one. What `refuses(method, params)` is an error.
 */
export async function openDoor(url) {
  const door = { sent: [], onSend: (_, forward) => forward(), refuses: () => false };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { id, method, params } = JSON.parse(body);
    const forward = async () => (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })).json();
    let reply;
    if (door.refuses(method, params)) {
      reply = { error: { code: -32000, message: "not here" } };
    } else if (method === "eth_sendRawTransaction") {
      door.sent.push(params[0]);
      reply = await door.onSend(params[0], forward);
    } else {
      reply = await forward();
    }
    if (reply === undefined) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", ...reply, id }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  door.url = `http://127.0.0.1:${server.address().port}`;
  door.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return door;
}

/** A temporary folder with a settings file. */
export function workspace(given = settings()) {
  const folder = mkdtempSync(join(tmpdir(), "opensettle-deploy-"));
  const place = {
    out: join(folder, "out.json"),
    settingsFile: join(folder, "settings.json"),
    write: (changed) => writeFileSync(place.settingsFile, JSON.stringify(changed)),
    result: () => JSON.parse(readFileSync(place.out, "utf8")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  place.write(given);
  return place;
}

/** Starts the deployment. `key: null` leaves the key out. */
export function start(place, rpc, { key = keyOf(deployer), more = [] } = {}) {
  const { OPENSETTLE_DEPLOYER_KEY: _, ...environment } = process.env;
  if (key !== null) environment.OPENSETTLE_DEPLOYER_KEY = key;
  const args = ["deploy/deploy.mjs", "--rpc", rpc, "--settings", place.settingsFile, "--out", place.out, ...more];
  const child = spawn(process.execPath, args, { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"]) child[stream].on("data", (data) => (texts[stream] += data));
  const finished = once(child, "close").then(([code, signal]) => ({ code, signal, ...texts }));
  return { kill: () => child.kill("SIGKILL"), finished };
}

export const deploy = (place, rpc, options) => start(place, rpc, options).finished;

/** Runs the deployment again and again, each killed right after its first transaction reached the chain, until one ends. */
export async function deployKilledAfterEachStep(place, door, refuse = () => undefined) {
  for (let kills = 0; kills < 40; kills++) {
    let killed = false;
    const run = start(place, door.url);
    door.onSend = async (raw, forward) => {
      const refusal = refuse(raw);
      if (refusal !== undefined || killed) return refusal;
      const reply = await forward();
      // A node that only says that somebody has no money changed nothing.
      if (reply.error) return reply;
      killed = true;
      run.kill();
      return undefined;
    };
    const end = await run.finished;
    if (end.signal !== "SIGKILL") return { ...end, kills };
  }
  throw new Error("The deployment never ended.");
}
