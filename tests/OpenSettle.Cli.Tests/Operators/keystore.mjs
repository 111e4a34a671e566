// What ethers makes of a keystore: `open FILE PASSWORD` prints whose it is, `write KEY PASSWORD` prints a new one.
import { readFileSync } from "node:fs";
import { Wallet } from "ethers";

const [verb, what, password] = process.argv.slice(2);
if (verb === "open") console.log((await Wallet.fromEncryptedJson(readFileSync(what, "utf8"), password)).address);
else console.log(await new Wallet(what).encrypt(password));
