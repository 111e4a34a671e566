// The peer of tree_100k_ratio: OpenZeppelin's own package, timed from records to root. Prints milliseconds.
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");

const count = Number(process.argv[2]);
const token = "0x" + "7".padStart(40, "0");
const values = [];
for (let i = 0; i < count; i++) {
  values.push(["0x" + (i + 1).toString(16).padStart(40, "0"), token, BigInt(i) * 1_000_003n + 1n]);
}
const started = performance.now();
const tree = StandardMerkleTree.of(values, ["address", "address", "uint256"], { sortLeaves: false });
const took = performance.now() - started;
if (!/^0x[0-9a-f]{64}$/.test(tree.root)) throw new Error("no root");
console.log(took);
