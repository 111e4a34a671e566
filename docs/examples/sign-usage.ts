// How a gateway signs its usage, with ethers: from CloudEvents to the header that goes with them. Run by the tests, which
// hold it against the node's own check. `npm install ethers @openzeppelin/merkle-tree`; the rules are docs/protocol.md, section 3.
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { concat, keccak256, toBeHex, toUtf8Bytes, TypedDataEncoder, ZeroHash, type Wallet } from "ethers";

export interface UsageEvent {
  source: string;
  id: string;
  /** Who used the model: a word. A signature covers it, so the gateway hashes it itself, with a salt of its own. */
  subject?: string;
  time: string;
  data: {
    modelId: string;
    domain?: string;
    outcome?: string;
    units: number;
    payment?: { txHash: string };
    attribution?: { methodHash: string; weights: { account: string; weight: string }[] };
  };
}

/** What stands in front of the next batch: zeros before the first, else what GET /api/v1/batches/{gateway} tells. */
export interface Last {
  number: number;
  digest: string;
}

const types = {
  UsageBatch: [
    { name: "gateway", type: "address" },
    { name: "number", type: "uint64" },
    { name: "root", type: "bytes32" },
    { name: "count", type: "uint64" },
    { name: "firstTime", type: "uint64" },
    { name: "lastTime", type: "uint64" },
    { name: "previous", type: "bytes32" },
  ],
};

const lengthOf = (bytes: Uint8Array) => toBeHex(bytes.length, 4);
const seconds = (time: string) => Math.floor(Date.parse(time) / 1000);

/** What makes two events the same one. */
export function identity(source: string, id: string): string {
  const [first, second] = [toUtf8Bytes(source), toUtf8Bytes(id)];
  return keccak256(concat([lengthOf(first), first, lengthOf(second), second]));
}

/** The line that is signed. JSON.stringify writes it as the protocol does, as long as numbers are safe integers and texts have no control characters. */
export function line({ source, id, subject, time, data }: UsageEvent): string {
  const positive = (data.attribution?.weights ?? []).filter(({ weight }) => BigInt(weight) > 0n);
  const weights = positive.map(({ account, weight }) => [account.toLowerCase(), weight]).sort(([a], [b]) => (a! < b! ? -1 : 1));
  const method = weights.length > 0 ? data.attribution?.methodHash : undefined;
  return JSON.stringify([
    "event", identity(source, id), subject ?? ZeroHash, data.modelId, data.domain ?? "", data.outcome ?? "unknown", data.units, seconds(time),
    data.payment?.txHash ?? ZeroHash, method ?? ZeroHash, weights,
  ]);
}

/** Signs the batch that follows. Send the events in this order with the header; send the same again until the node answers. */
export async function signBatch(wallet: Wallet, chainId: number, registry: string, last: Last, events: UsageEvent[]) {
  const lines = events.map(line);
  const leaves = lines.map((text) => keccak256(keccak256(toUtf8Bytes(text))));
  const times = events.map(({ time }) => seconds(time));
  const statement = {
    gateway: wallet.address,
    number: last.number + 1,
    root: SimpleMerkleTree.of(leaves, { sortLeaves: false }).root,
    count: events.length,
    firstTime: Math.min(...times),
    lastTime: Math.max(...times),
    previous: last.digest,
  };
  const domain = { name: "OpenSettle Usage", version: "1", chainId, verifyingContract: registry };
  const digest = TypedDataEncoder.hash(domain, types, statement);
  const signature = await wallet.signTypedData(domain, types, statement);
  const { gateway, number, root, count, firstTime, lastTime, previous } = statement;
  const header = `gateway=${gateway};number=${number};root=${root};count=${count};first=${firstTime};last=${lastTime};previous=${previous};signature=${signature}`;
  return { lines, statement, digest, signature, header };
}
