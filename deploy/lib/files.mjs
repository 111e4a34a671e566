import { accessSync, closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { badInput } from "./refusal.mjs";

/** Undefined for `absent` means that the file has to be there. */
export function readJson(path, what, absent) {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" && absent !== undefined) return absent;
    throw badInput(`${what} ${path} cannot be read (${error.code}).`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badInput(`${what} ${path} is not JSON: ${error.message}.`);
  }
}

const cannotWrite = (path, error) => badInput(`${path} cannot be written (${error.code}). Choose another --out, or mend its folder.`);

/** Asked before anything is paid for. */
export function requireWritable(path) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    accessSync(dirname(path), constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** The whole file or none of it, whatever happens meanwhile. */
export function writeWhole(path, value) {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, "w", 0o644);
    writeSync(file, `${JSON.stringify(value, null, 2)}\n`);
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, path);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
