// Writes the typed messages by which the Nethereum client talks to our contracts, out of the committed ABIs.
//
//   node deploy/export-messages.mjs           writes src/OpenSettle.Ethereum.Nethereum/Messages/<Contract>.<Part>.cs
//   node deploy/export-messages.mjs --check   compares them with the ABIs; exit code 1 on a difference
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = "src/OpenSettle.Ethereum/Contracts/Compiled";
const target = "src/OpenSettle.Ethereum.Nethereum/Messages";

/** What every message of Nethereum has by itself. */
const reserved = new Set(["AmountToSend", "Gas", "GasPrice", "FromAddress", "Nonce", "MaxFeePerGas", "MaxPriorityFeePerGas", "TransactionType", "AccessList", "AuthorisationList"]);

const pascal = (name) => name.replace(/^_+|_+$/g, "").replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());
// These are words of C#, and not of Solidity.
const keywords = new Set(["params", "object", "operator", "ref", "out", "in", "base", "lock", "checked", "fixed", "event", "value"]);
const camel = (property) => {
  const name = `${property[0].toLowerCase()}${property.slice(1)}`;
  return keywords.has(name) ? `@${name}` : name;
};

/** The name that Solidity gives to a struct: "struct IRoyaltySplit.Proposal[]" is a Proposal. */
function structName({ internalType, type }) {
  const name = /^struct (?:\w+\.)*(\w+)(?:\[\d*\])*$/.exec(internalType ?? "")?.[1];
  if (name === undefined) throw new Error(`A ${type} has no name: ${internalType}`);
  return name;
}

/** The C# type that Nethereum reads and writes a value as, and what it is before it is set. */
function typed(input) {
  const item = /^(.*)\[\d*\]$/.exec(input.type);
  if (item !== null) return [`List<${typed({ ...input, type: item[1] })[0]}>`, "[]"];
  if (input.type === "tuple") return [structName(input), "new()"];
  if (input.type === "address") return ["string", '""'];
  if (input.type === "string") return ["string", '""'];
  if (input.type === "bool") return ["bool", null];
  if (/^bytes\d*$/.test(input.type)) return ["byte[]", "[]"];
  const bits = Number(/^uint(\d+)$/.exec(input.type)?.[1]);
  if (!(bits > 0)) throw new Error(`There is no C# type for ${input.type} yet: add it here.`);
  const fitting = [[8, "byte"], [16, "ushort"], [32, "uint"], [64, "ulong"]].find(([most]) => bits <= most);
  return [fitting?.[1] ?? "BigInteger", null];
}

const unnamed = (prefix) => (input, index) => ({ ...input, property: pascal(input.name) || `${prefix}${index + 1}` });

function property(input, index) {
  const [type, initial] = typed(input);
  const more = input.type.startsWith("tuple") ? `, "${structName(input)}"` : input.indexed === undefined ? "" : `, ${input.indexed}`;
  const attribute = `[Parameter("${input.type}", "${input.name}", ${index + 1}${more})]`;
  return `        ${attribute} public ${type} ${input.property} { get; set; }${initial === null ? "" : ` = ${initial};`}`;
}

/** One constructor for Nethereum, which sets values one by one, and one for us, which cannot leave one out. */
function constructors(name, inputs) {
  if (inputs.length === 0) return [];
  const parameters = inputs.map((input) => `${typed(input)[0]} ${camel(input.property)}`).join(", ");
  const values = inputs.map((input) => camel(input.property));
  const [to, from] = [inputs.map((input) => input.property), values].map((list) => (list.length === 1 ? list[0] : `(${list.join(", ")})`));
  return [`        public ${name}() { }`, "", `        public ${name}(${parameters}) => ${to} = ${from};`, ""];
}

function classOf(attribute, name, base, inputs, withConstructors) {
  const head = [`    [${attribute}]`, `    public sealed class ${name}${base === null ? "" : ` : ${base}`}${inputs.length === 0 ? ";" : ""}`];
  if (inputs.length === 0) return [...head, ""];
  return [...head, "    {", ...(withConstructors ? constructors(name, inputs) : []), ...inputs.map(property), "    }", ""];
}

function functionsOf(abi) {
  const seen = new Map();
  const [calls, views, outputs] = [[], [], []];
  for (const entry of abi.filter(({ type }) => type === "function")) {
    const times = seen.get(entry.name) ?? 0;
    seen.set(entry.name, times + 1);
    const name = `${pascal(entry.name)}${times === 0 ? "" : times}`;
    const inputs = entry.inputs.map(unnamed("Argument"));
    const clash = inputs.find((input) => reserved.has(input.property));
    if (clash !== undefined) throw new Error(`${entry.name} has a parameter that Nethereum's messages have too: ${clash.name}`);
    const returns = entry.outputs.length === 0 ? "" : `, typeof(${name}Output)`;
    (/^(view|pure)$/.test(entry.stateMutability) ? views : calls).push(...classOf(`Function("${entry.name}"${returns})`, `${name}Function`, "FunctionMessage", inputs, true));
    if (returns !== "") outputs.push(...classOf("FunctionOutput", `${name}Output`, "IFunctionOutputDTO", entry.outputs.map(unnamed("Value")), false));
  }
  return { Calls: calls, Views: views, Outputs: outputs };
}

const eventsOf = (abi) =>
  abi
    .filter(({ type }) => type === "event")
    .flatMap(({ name, inputs }) => classOf(`Event("${name}")`, `${name}Event`, "IEventDTO", inputs.map(unnamed("Value")), false));

function structsOf(abi) {
  const structs = new Map();
  const visit = (input) => {
    if (!input.type.startsWith("tuple")) return;
    input.components.forEach(visit);
    const name = structName(input);
    const text = classOf(`Struct("${name}")`, name, null, input.components.map(unnamed("Value")), true);
    if (structs.has(name) && structs.get(name).join() !== text.join()) throw new Error(`There are two structs ${name}.`);
    structs.set(name, text);
  };
  for (const { inputs = [], outputs = [] } of abi.filter(({ type }) => type === "function" || type === "event")) [...inputs, ...outputs].forEach(visit);
  return [...structs.keys()].sort().flatMap((name) => structs.get(name));
}

function file(contract, lines) {
  return `// <auto-generated>
// By deploy/export-messages.mjs out of ${source}/${contract}.json.
// Change the contract, then run: npm run contracts:export
// </auto-generated>
#nullable enable
using System.Collections.Generic;
using System.Numerics;
using Nethereum.ABI.FunctionEncoding.Attributes;
using Nethereum.Contracts;

namespace OpenSettle.Ethereum.Nethereum.Messages;

internal static partial class ${contract}Messages
{
${lines.join("\n").trimEnd()}
}
`;
}

function messagesOf(contract) {
  const { abi } = JSON.parse(readFileSync(join(root, source, `${contract}.json`), "utf8"));
  const parts = { ...functionsOf(abi), Events: eventsOf(abi), Structs: structsOf(abi) };
  return Object.entries(parts)
    .filter(([, lines]) => lines.length > 0)
    .map(([part, lines]) => [`${contract}.${part}.cs`, file(contract, lines)]);
}

function committed() {
  try {
    return readdirSync(join(root, target));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

// The demonstration calls these itself, and no client does.
const without = ["DemoStablecoin", "DemoWallet"];
const contracts = readdirSync(join(root, source)).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5)).filter((name) => !without.includes(name));
const fresh = new Map(contracts.flatMap(messagesOf));
const old = committed();

if (process.argv.includes("--check")) {
  const faults = old.filter((name) => !fresh.has(name)).map((name) => `${name} belongs to no contract`);
  for (const [name, text] of fresh) {
    if (!old.includes(name)) faults.push(`${name} is missing`);
    else if (readFileSync(join(root, target, name), "utf8") !== text) faults.push(`${name} is not what the ABI says`);
  }
  if (faults.length > 0) {
    for (const fault of faults) console.error(`${target}/${fault}.`);
    console.error("Run: node deploy/export-messages.mjs");
    process.exit(1);
  }
} else {
  mkdirSync(join(root, target), { recursive: true });
  for (const name of old.filter((one) => !fresh.has(one))) rmSync(join(root, target, name));
  for (const [name, text] of fresh) writeFileSync(join(root, target, name), text);
}
