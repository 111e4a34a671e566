import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);

// Hardhat counts its users unless told not to. Set here, so that no clone ever asks or reports.
process.env.HARDHAT_DISABLE_TELEMETRY = "true";

// ./nightly.sh looks ten times as long.
const times = Number(process.env.OPENSETTLE_NIGHTLY ?? 1);

// A local chain: id 31337, twenty funded accounts of Hardhat's well-known test mnemonic.
const localChain = { type: "edr-simulated", chainType: "l1", chainId: 31337 };

export default defineConfig({
  solidity: {
    compilers: [
      {
        version: "0.8.30",
        // The compiler comes with `npm ci`; nothing is downloaded at build time.
        path: require.resolve("solc/soljson.js"),
        settings: {
          // Cancun has the two things that the contracts use (transient storage, MCOPY); Prague adds nothing for
          // them, and would shut out chains that have not moved yet.
          evmVersion: "cancun",
          viaIR: true,
          // Contracts are deployed once and called for ever, so calls are made cheap as far as 24 KiB allow.
          optimizer: { enabled: true, runs: 1_000 },
          // No hash of the metadata in the bytecode: the same source gives the same bytes on every machine.
          metadata: { bytecodeHash: "none" },
        },
      },
    ],
  },
  paths: {
    sources: "contracts",
    tests: { solidity: "tests/contracts" },
    artifacts: ".build/hardhat/artifacts",
    cache: ".build/hardhat/cache",
  },
  // What `npx hardhat node` runs. The plain `node` mines each transaction at once; the others are chosen with
  // `--network`: `ticking` mines two blocks a second, `manual` mines only when asked to (`evm_mine`), and `aged` ticks with a
  // clock that is 35 days late, so that `evm_increaseTime` brings a history up to the present.
  networks: {
    node: { ...localChain, mining: { auto: true, interval: 0 } },
    ticking: { ...localChain, mining: { auto: false, interval: 500 }, allowBlocksWithSameTimestamp: true },
    manual: { ...localChain, mining: { auto: false, interval: 0 } },
    aged: { ...localChain, mining: { auto: false, interval: 500 }, allowBlocksWithSameTimestamp: true, initialDate: new Date(Date.now() - 35 * 86_400_000) },
  },
  test: {
    solidity: {
      fuzz: { runs: 256 * times },
      // A handler never reverts by itself, so a revert inside one is a finding. Shrinking a finding is bounded: by
      // default it goes on for many minutes.
      invariant: { runs: 128 * times, depth: 100, failOnRevert: true, shrinkRunLimit: 200 },
      fsPermissions: {
        readDirectory: [
          "tests/vectors",
          "src/OpenSettle.Ethereum/Contracts/Compiled",
          "node_modules/@ethereum-attestation-service/eas-contracts/artifacts",
        ],
      },
    },
  },
});
