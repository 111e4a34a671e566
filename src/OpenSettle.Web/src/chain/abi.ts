/** What this page asks of the contracts, as contracts/interfaces has it; a test compares each with the compiled ones. */

/** The vault: what pays, what is read before, what is logged, and what it refuses with on these ways. */
export const VAULT = [
  { type: "function", name: "claim", stateMutability: "nonpayable", inputs: [{ name: "cumulative", type: "uint256" }, { name: "account", type: "address" }, { name: "token", type: "address" }, { name: "proof", type: "bytes32[]" }], outputs: [{ type: "uint256" }] },
  { type: "function", name: "claimTo", stateMutability: "nonpayable", inputs: [{ name: "cumulative", type: "uint256" }, { name: "token", type: "address" }, { name: "proof", type: "bytes32[]" }, { name: "to", type: "address" }], outputs: [{ type: "uint256" }] },
  { type: "function", name: "claimMany", stateMutability: "nonpayable", inputs: [{ name: "requests", type: "tuple[]", components: [{ name: "account", type: "address" }, { name: "token", type: "address" }, { name: "cumulative", type: "uint256" }, { name: "proof", type: "bytes32[]" }] }], outputs: [] },
  { type: "function", name: "takePush", stateMutability: "nonpayable", inputs: [{ name: "epoch", type: "uint64" }, { name: "entry", type: "tuple", components: [{ name: "index", type: "uint256" }, { name: "account", type: "address" }, { name: "recipient", type: "address" }, { name: "token", type: "address" }, { name: "amount", type: "uint256" }] }, { name: "proof", type: "bytes32[]" }, { name: "to", type: "address" }], outputs: [] },
  { type: "function", name: "setRecipient", stateMutability: "nonpayable", inputs: [{ name: "recipient", type: "address" }], outputs: [] },
  { type: "function", name: "epoch", stateMutability: "view", inputs: [], outputs: [{ type: "uint64" }] },
  { type: "function", name: "root", stateMutability: "view", inputs: [], outputs: [{ type: "bytes32" }] },
  { type: "function", name: "pausedUntil", stateMutability: "view", inputs: [], outputs: [{ type: "uint64" }] },
  { type: "function", name: "rootStatus", stateMutability: "view", inputs: [{ name: "key", type: "bytes32" }], outputs: [{ name: "activatedBy", type: "uint64" }, { name: "revoked", type: "bool" }] },
  { type: "function", name: "claimed", stateMutability: "view", inputs: [{ name: "account", type: "address" }, { name: "token", type: "address" }], outputs: [{ type: "uint256" }] },
  { type: "function", name: "recipientOf", stateMutability: "view", inputs: [{ name: "account", type: "address" }], outputs: [{ name: "recipient", type: "address" }, { name: "nonce", type: "uint256" }] },
  { type: "function", name: "isPushPaid", stateMutability: "view", inputs: [{ name: "epoch", type: "uint64" }, { name: "index", type: "uint256" }], outputs: [{ type: "bool" }] },
  { type: "function", name: "isListed", stateMutability: "view", inputs: [{ name: "token", type: "address" }], outputs: [{ type: "bool" }] },
  { type: "function", name: "epochHash", stateMutability: "view", inputs: [{ name: "epoch", type: "uint64" }], outputs: [{ type: "bytes32" }] },
  { type: "event", name: "Claimed", inputs: [{ name: "account", type: "address", indexed: true }, { name: "token", type: "address", indexed: true }, { name: "amount", type: "uint256" }] },
  { type: "event", name: "ClaimRedirected", inputs: [{ name: "account", type: "address", indexed: true }, { name: "token", type: "address", indexed: true }, { name: "to", type: "address", indexed: true }, { name: "amount", type: "uint256" }] },
  { type: "event", name: "ClaimRefused", inputs: [{ name: "account", type: "address", indexed: true }, { name: "token", type: "address", indexed: true }, { name: "to", type: "address", indexed: true }, { name: "amount", type: "uint256" }] },
  { type: "event", name: "PushTaken", inputs: [{ name: "epoch", type: "uint64", indexed: true }, { name: "index", type: "uint256", indexed: true }, { name: "account", type: "address", indexed: true }, { name: "to", type: "address" }, { name: "amount", type: "uint256" }] },
  { type: "event", name: "RecipientSet", inputs: [{ name: "account", type: "address", indexed: true }, { name: "recipient", type: "address", indexed: true }, { name: "nonce", type: "uint256" }] },
  { type: "error", name: "AlreadyPaid", inputs: [{ name: "epoch", type: "uint64" }, { name: "index", type: "uint256" }] },
  { type: "error", name: "AmountTooLarge", inputs: [{ name: "amount", type: "uint256" }] },
  { type: "error", name: "BadProof", inputs: [{ name: "account", type: "address" }, { name: "token", type: "address" }] },
  { type: "error", name: "BadPushProof", inputs: [{ name: "epoch", type: "uint64" }] },
  { type: "error", name: "BadRecipient", inputs: [{ name: "to", type: "address" }] },
  { type: "error", name: "BadSignature", inputs: [{ name: "account", type: "address" }] },
  { type: "error", name: "ExceedsPromised", inputs: [{ name: "token", type: "address" }, { name: "paid", type: "uint256" }, { name: "promised", type: "uint256" }] },
  { type: "error", name: "MoreGasNeeded", inputs: [{ name: "left", type: "uint256" }, { name: "needed", type: "uint256" }] },
  { type: "error", name: "NotBacked", inputs: [{ name: "token", type: "address" }, { name: "balance", type: "uint256" }, { name: "needed", type: "uint256" }] },
  { type: "error", name: "NothingToClaim", inputs: [{ name: "account", type: "address" }, { name: "token", type: "address" }] },
  { type: "error", name: "NotYours", inputs: [{ name: "account", type: "address" }, { name: "caller", type: "address" }] },
  { type: "error", name: "ReentrancyGuardReentrantCall", inputs: [] },
  { type: "error", name: "RootRevoked", inputs: [{ name: "root", type: "bytes32" }] },
  { type: "error", name: "SignatureExpired", inputs: [{ name: "deadline", type: "uint256" }] },
  { type: "error", name: "TransferFailed", inputs: [{ name: "token", type: "address" }, { name: "to", type: "address" }] },
] as const;

/** What is asked of any ERC-20. */
export const TOKEN = [
  { type: "function", name: "balanceOf", stateMutability: "view", inputs: [{ name: "account", type: "address" }], outputs: [{ type: "uint256" }] },
  { type: "function", name: "decimals", stateMutability: "view", inputs: [], outputs: [{ type: "uint8" }] },
  { type: "function", name: "symbol", stateMutability: "view", inputs: [], outputs: [{ type: "string" }] },
] as const;
