// Golden data for wallets: published vectors, and others that ethers makes from a fixed seed; read by the .NET tests.
//
//   node tests/vectors/keys.mjs           writes keys.json beside this file
//   node tests/vectors/keys.mjs --check   compares it with what would be written, and opens keystore-written.json, which
//                                         this project wrote, with ethers; exit code 1 on a difference
import { createCipheriv, pbkdf2Sync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  computeAddress, concat, decryptKeystoreJsonSync, encryptKeystoreJsonSync, getBytes, HDNodeWallet, hexlify, keccak256, Mnemonic, sha256, toUtf8Bytes,
} from "ethers";
import { bip32, bip39 } from "./keys-published.mjs";

const place = (name) => fileURLToPath(new URL(name, import.meta.url));
const bare = (hex) => hexlify(hex).slice(2);

let block = new Uint8Array(0);
let next = 0;
/** Bytes that anybody can derive again: keccak256 of "opensettle/keys/0", of "…/1", one after another. */
function bytes(count) {
  while (block.length < count) block = getBytes(concat([block, keccak256(toUtf8Bytes(`opensettle/keys/${next++}`))]));
  const taken = block.slice(0, count);
  block = block.slice(count);
  return taken;
}
const below = (bound) => Number(BigInt(hexlify(bytes(6))) % BigInt(bound));
const pick = (list) => list[below(list.length)];

// What the published vectors say, ethers says too.
for (const [entropy, seed] of bip39) {
  if (Mnemonic.fromEntropy(`0x${entropy}`, "TREZOR").computeSeed() !== `0x${seed}`) throw new Error(`ethers does not agree with BIP-39's vector ${entropy}`);
}
for (const { seed, path, xprv } of bip32) {
  if (HDNodeWallet.fromSeed(`0x${seed}`).derivePath(path).extendedKey !== xprv) throw new Error(`ethers does not agree with BIP-32's vector ${seed} ${path}`);
}

// Latin, Greek, kana, Hangul, ligatures, marks in the wrong order, mathematical letters, Arabic forms, compatibility ideographs.
const alphabets = [
  () => String.fromCodePoint(0x20 + below(0x5f)),
  () => String.fromCodePoint(0xa0 + below(0x1b0)),
  () => String.fromCodePoint(0x300 + below(0x50)),
  () => String.fromCodePoint(0x370 + below(0x190)),
  () => String.fromCodePoint(0x591 + below(0x3f)),
  () => String.fromCodePoint(0x1e00 + below(0x200)),
  () => String.fromCodePoint(0x2100 + below(0x80)),
  () => String.fromCodePoint(0x3041 + below(0xbf)),
  () => String.fromCodePoint(0x3300 + below(0x100)),
  () => String.fromCodePoint(0xac00 + below(11172)),
  () => String.fromCodePoint(0xf900 + below(0x100)),
  () => String.fromCodePoint(0xfb00 + below(0x400)),
  () => String.fromCodePoint(0xff01 + below(0x60)),
  () => String.fromCodePoint(0x1d400 + below(0x400)),
  () => pick(["\u{1f600}", "\u{1109a}\u{110ba}", "\u{2f800}", "q\u0323\u0307", "q\u0307\u0323", "\u1e9b\u0323", "\ufdfa"]),
];
const text = (length) => Array.from({ length }, () => pick(alphabets)()).join("");

function wallet(i) {
  const mnemonic = Mnemonic.fromEntropy(bytes([16, 20, 24, 28, 32][i % 5])).phrase;
  const passphrase = i % 3 === 0 ? "" : i % 3 === 1 ? bare(bytes(1 + below(40))) : text(1 + below(24));
  // The deepest that BIP-32 can count, once.
  const depth = i === 7 ? 255 : 1 + below(8);
  const step = () => `${pick([0, 1, below(10), below(2 ** 31), 2 ** 31 - 1])}${below(2) === 0 ? "'" : ""}`;
  const path = i % 4 === 0 ? `m/44'/60'/0'/0/${below(100)}` : `m/${Array.from({ length: depth }, step).join("/")}`;
  const node = HDNodeWallet.fromPhrase(mnemonic, passphrase, path);
  return { mnemonic, passphrase, path, privateKey: node.privateKey, address: node.address };
}

function keystore(i) {
  // One in 256 keys starts with a zero byte: the fourth is such a one.
  const privateKey = hexlify(i === 3 ? concat(["0x0000", bytes(30)]) : bytes(32));
  const password = i === 0 ? "" : i % 2 === 0 ? text(1 + below(20)).normalize("NFKC") : bare(bytes(8));
  const [N, r, p] = pick([[2, 8, 1], [256, 1, 1], [1024, 8, 1], [4096, 8, 2], [512, 4, 8]]);
  const options = { salt: bytes(32), iv: bytes(16), uuid: bytes(16), scrypt: { N, r, p } };
  const account = { address: computeAddress(privateKey), privateKey };
  return { password, privateKey, json: encryptKeystoreJsonSync(account, password, options) };
}

// ethers reads PBKDF2 but does not write it.
function pbkdf2Keystore() {
  const [privateKey, password, salt, iv] = [bytes(32), "a password", bytes(32), bytes(16)];
  const key = pbkdf2Sync(password, salt, 1000, 32, "sha256");
  const cipher = createCipheriv("aes-128-ctr", key.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(privateKey), cipher.final()]);
  const crypto = {
    cipher: "aes-128-ctr", cipherparams: { iv: bare(iv) }, ciphertext: bare(ciphertext), kdf: "pbkdf2",
    kdfparams: { c: 1000, dklen: 32, prf: "hmac-sha256", salt: bare(salt) }, mac: bare(keccak256(concat([key.subarray(16), ciphertext]))),
  };
  const json = JSON.stringify({ address: computeAddress(hexlify(privateKey)).slice(2), crypto, id: "3198bc9c-6672-5ab3-d995-4942343ae5b6", version: 3 });
  if (decryptKeystoreJsonSync(json, password).privateKey !== hexlify(privateKey)) throw new Error("ethers does not open the PBKDF2 keystore");
  return { password, privateKey: hexlify(privateKey), json };
}

/** One hash over every character's form: nothing of the table may be missing. */
function allCharacters() {
  const forms = [];
  for (let point = 0; point < 0x110000; point++) {
    if (point < 0xd800 || point >= 0xe000) forms.push(String.fromCodePoint(point).normalize("NFKD"));
  }
  return sha256(toUtf8Bytes(forms.join("\n")));
}

const texts = Array.from({ length: 200 }, () => text(1 + below(12)));
const data = {
  bip39: bip39.map(([entropy, seed]) => ({ entropy, mnemonic: Mnemonic.fromEntropy(`0x${entropy}`).phrase, seed })),
  bip32,
  wallets: Array.from({ length: 60 }, (_, i) => wallet(i)),
  keystores: [...Array.from({ length: 12 }, (_, i) => keystore(i)), pbkdf2Keystore()],
  nfkd: { unicode: process.versions.unicode, allCharacters: allCharacters(), texts: texts.map((text) => ({ text, form: text.normalize("NFKD") })) },
};
// Only ASCII is written, so that no editor takes a text apart or puts it together.
const json = `${JSON.stringify(data, null, 1).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
if (!process.argv.includes("--check")) writeFileSync(place("keys.json"), json);
else {
  const committed = readFileSync(place("keys.json"), "utf8");
  // Another version of Unicode has other characters; all else stays the same.
  const old = JSON.parse(committed).nfkd;
  const expected = old.unicode === data.nfkd.unicode ? json : json.replace(data.nfkd.unicode, old.unicode).replace(data.nfkd.allCharacters, old.allCharacters);
  if (committed !== expected) {
    console.error("keys.json is not what tests/vectors/keys.mjs writes.");
    process.exitCode = 1;
  }

  for (const { password, privateKey, json: written } of JSON.parse(readFileSync(place("keystore-written.json"), "utf8"))) {
    if (decryptKeystoreJsonSync(written, password).privateKey === privateKey) continue;
    console.error("ethers reads another key out of a keystore of keystore-written.json.");
    process.exitCode = 1;
  }
}
