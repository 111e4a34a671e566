// What is wrong with the settings or the arguments is said in one line, before any chain is asked.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { keccak256, toHex } from "viem";
import { checkSettings, readArguments } from "../../deploy/lib/input.mjs";
import { deploy, deployer, settings, start, stranger, workspace } from "./support.mjs";

const places = [];
const place = (given) => {
  places.push(workspace(given));
  return places.at(-1);
};
after(() => places.forEach((one) => one.remove()));

const NOWHERE = "http://127.0.0.1:9";
const refusal = (message) => (error) => {
  assert.equal(error.exitCode, 2, error.stack);
  assert.match(error.message, message);
  assert.ok(!error.message.includes("\n"));
  return true;
};

test("good settings are taken", () => {
  const { governor, salt, windowSeconds } = checkSettings(settings(), "settings.json");
  assert.equal(governor, settings().governor);
  assert.equal(salt, keccak256(toHex("OpenSettle")));
  assert.equal(windowSeconds, 3);
  assert.equal(checkSettings(settings({ windowSeconds: 2_592_000, salt: `0x${"Ab".repeat(32)}` })).salt, `0x${"ab".repeat(32)}`);
});

const zero = "0x0000000000000000000000000000000000000000";
const wrong = {
  "an unknown setting": [{ owner: stranger.address }, /^Setting owner is unknown\. Known: guardian, governor/],
  "no guardian": [{ guardian: undefined }, /^Setting guardian is not an address/],
  "the zero guardian": [{ guardian: zero }, /^Setting guardian is the zero address/],
  "no governor": [{ governor: undefined }, /^Setting governor is not an address/],
  "the zero governor": [{ governor: zero }, /^Setting governor is the zero address/],
  "a governor that is the guardian": [{ governor: settings().guardian.toLowerCase() }, /^Settings guardian and governor both name 0x.*name two accounts/],
  "a wrong checksum": [{ guardian: deployer.address.replace("f39F", "F39F") }, /^Setting guardian is not an address .*checksum/],
  "attestors that are no list": [{ attestors: stranger.address }, /^Setting attestors is not a list/],
  "no attestors": [{ attestors: [] }, /^Setting attestors is empty/],
  "a bad attestor": [{ attestors: [stranger.address, "me"] }, /^Setting attestors\[1\] is not an address/],
  "the zero attestor": [{ attestors: [zero] }, /^Setting attestors\[0\] is the zero address/],
  "an attestor twice": [{ attestors: [stranger.address, stranger.address.toLowerCase()] }, /^Setting attestors names 0x.* twice/],
  "a threshold of none": [{ threshold: 0 }, /^Setting threshold is not an integer from 1 to 3/],
  "a threshold above the attestors": [{ threshold: 4 }, /^Setting threshold is not an integer from 1 to 3/],
  "no window": [{ windowSeconds: 0 }, /^Setting windowSeconds is not an integer from 1 to 2592000/],
  "a window of more than 30 days": [{ windowSeconds: 2_592_001 }, /^Setting windowSeconds is not an integer from 1 to 2592000/],
  "half a second": [{ windowSeconds: 0.5 }, /^Setting windowSeconds is not an integer/],
  "tokens that are no list": [{ tokens: {} }, /^Setting tokens is not a list/],
  "no tokens": [{ tokens: [], demoToken: false }, /^Setting tokens is empty/],
  "a token without address": [{ tokens: [{ smallestLeaf: 1 }] }, /^Setting tokens\[0\]\.address is not an address/],
  "a token without smallest leaf": [{ tokens: [{ address: zero }] }, /^Setting tokens\[0\]\.smallestLeaf is not an integer/],
  "a smallest leaf of 129 bits": [{ tokens: [{ address: zero, smallestLeaf: (1n << 128n).toString() }] }, /^Setting tokens\[0\]\.smallestLeaf is not an integer/],
  "a token twice": [{ tokens: [{ address: zero, smallestLeaf: 1 }, { address: zero, smallestLeaf: 2 }] }, /^Setting tokens names 0x0+ twice/],
  "a demo token of maybe": [{ demoToken: "yes" }, /^Setting demoToken is neither true nor false/],
  "a chain id of text": [{ expectedChainId: "1" }, /^Setting expectedChainId is not an integer/],
  "eas without schemaRegistry": [{ eas: stranger.address }, /^Settings eas and schemaRegistry go together/],
  "a short salt": [{ salt: "0x01" }, /^Setting salt is not 0x and 64 hexadecimal digits/],
};
for (const [name, [changes, message]] of Object.entries(wrong)) {
  test(`settings with ${name} are refused`, () => {
    const given = JSON.parse(JSON.stringify(settings(changes)));
    assert.throws(() => checkSettings(given, "settings.json"), refusal(message));
  });
}

test("settings that are no object are refused", () => {
  for (const given of [null, [], 7, "text"]) assert.throws(() => checkSettings(given, "settings.json"), refusal(/^The settings file settings\.json is not a JSON object/));
});

const wrongArguments = {
  "no --rpc": [["--settings", "s.json"], /^--rpc is missing\. Usage: /],
  "no --settings": [["--rpc", NOWHERE], /^--settings is missing\. Usage: /],
  "an unknown argument": [["--force"], /--force.*Usage: /],
  "an rpc of another kind": [["--rpc", "ws://127.0.0.1", "--settings", "s.json"], /^--rpc is not an http/],
  "an empty --out": [["--rpc", NOWHERE, "--settings", "s.json", "--out", ""], /^--out is empty/],
  "--deployer without --dry-run": [["--rpc", NOWHERE, "--settings", "s.json", "--deployer", stranger.address], /^--deployer goes with --dry-run only/],
  "a --deployer that is no address": [["--rpc", NOWHERE, "--settings", "s.json", "--dry-run", "--deployer", "me"], /^--deployer is not an account's address/],
};
for (const [name, [given, message]] of Object.entries(wrongArguments)) {
  test(`arguments with ${name} are refused`, () => {
    assert.throws(() => readArguments(given), refusal(message));
  });
}

// As a process: one line, and its exit code

async function refusedAs(run, code, message) {
  const end = await run;
  assert.equal(end.code, code, end.stderr);
  assert.match(end.stderr, message);
  assert.equal(end.stderr.trim().split("\n").length, 1, end.stderr);
  assert.equal(end.stdout, "");
}

test("a wrong setting ends the run with code 2", () => refusedAs(deploy(place(settings({ threshold: 9 })), NOWHERE), 2, /^error: Setting threshold is not/));

test("a missing settings file ends the run with code 2", () => {
  const gone = place();
  gone.settingsFile += ".gone";
  return refusedAs(deploy(gone, NOWHERE), 2, /^error: The settings file .*\.gone cannot be read \(ENOENT\)/);
});

test("a missing key ends the run with code 2", () => refusedAs(deploy(place(), NOWHERE, { key: null }), 2, /^error: The environment variable OPENSETTLE_DEPLOYER_KEY is not set/));

test("a missing key of a dry run is told about --deployer", () =>
  refusedAs(deploy(place(), NOWHERE, { key: null, more: ["--dry-run"] }), 2, /OPENSETTLE_DEPLOYER_KEY is not set\..* For a dry run, --deployer ADDRESS does as well\./));

test("a bad key ends the run with code 2, and is not repeated", async () => {
  const end = await deploy(place(), NOWHERE, { key: "0x1234beef" });
  assert.equal(end.code, 2);
  assert.match(end.stderr, /^error: The environment variable OPENSETTLE_DEPLOYER_KEY is not a private key/);
  assert.ok(!end.stderr.includes("beef"));
});

test("a --deployer that is not the key's account is refused", () =>
  refusedAs(deploy(place(), NOWHERE, { more: ["--dry-run", "--deployer", stranger.address] }), 2, /^error: --deployer names 0x.*, OPENSETTLE_DEPLOYER_KEY is of 0x/));

test("a chain that cannot be reached ends the run with code 3, and only its host is named", async () => {
  const { code, stderr } = await start(place(), `${NOWHERE}/v1/secret`).finished;
  assert.equal(code, 3);
  assert.match(stderr, /^error: The chain at 127\.0\.0\.1:9 cannot be reached: /);
  assert.ok(!stderr.includes("secret"));
});
