/** What the node sends is made smaller when the page is built: as hard as it goes, and once. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const SHRINKS = /\.(js|css|svg)$/;

/** Files that stay within one packet or two gain nothing. */
const LEAST = 256;

export const brotli = (bytes: Uint8Array): Uint8Array =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

export const gzip = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });

/** NAME.br and NAME.gz beside each file that they make smaller; index.html is the node's to write. */
export function compressed(): Plugin {
  let folder = "";
  return {
    name: "opensettle-compressed",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        if (!SHRINKS.test(name)) continue;
        const path = join(folder, name);
        const bytes = readFileSync(path);
        if (bytes.length < LEAST) continue;
        for (const [ending, made] of [[".br", brotli(bytes)], [".gz", gzip(bytes)]] as const) {
          if (made.length < bytes.length) writeFileSync(path + ending, made);
        }
      }
    },
  };
}
