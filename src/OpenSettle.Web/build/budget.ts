/** How much a reader fetches before a page shows, held against what it may be. The build fails beyond. */

import { basename } from "node:path";
import type { Plugin } from "vite";
import { gzip } from "./compress.ts";

/** Of any page, when it is the first that somebody visits; compressed by gzip, which every browser takes, also over plain HTTP. */
export const MOST_BYTES = 200 * 1024;

/** A file of the build, and the files that come with it before it runs. */
export interface Piece {
  bytes: number;
  /** Imported statically, and its styles: not what is fetched when somebody asks for it. */
  needs: readonly string[];
}

/** All that is fetched for these files, each counted once. */
export function fetched(pieces: ReadonlyMap<string, Piece>, first: readonly string[]): Set<string> {
  const all = new Set<string>();
  const open = [...first];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (all.has(name)) continue;
    const piece = pieces.get(name);
    if (piece === undefined) throw new Error(`The build names ${name}, and has no such file.`);
    all.add(name);
    open.push(...piece.needs);
  }

  return all;
}

export const bytesOf = (pieces: ReadonlyMap<string, Piece>, names: Iterable<string>): number =>
  [...names].reduce((sum, name) => sum + (pieces.get(name)?.bytes ?? 0), 0);

/** Every page with what it costs as the first one, dearest first. */
export const costs = (pieces: ReadonlyMap<string, Piece>, entries: readonly string[], pages: ReadonlyMap<string, string>): { page: string; bytes: number }[] =>
  [...pages].map(([page, file]) => ({ page, bytes: bytesOf(pieces, fetched(pieces, [...entries, file])) })).sort((a, b) => b.bytes - a.bytes);

export function budget(): Plugin {
  return {
    name: "opensettle-budget",
    apply: "build",
    // After all others: what they make of it is what is fetched.
    writeBundle: {
      order: "post",
      handler(_, bundle) {
        const [pieces, pages, entries] = [new Map<string, Piece>(), new Map<string, string>(), [] as string[]];
        for (const [name, file] of Object.entries(bundle)) {
          const source = file.type === "chunk" ? file.code : file.source;
          const needs = file.type === "chunk" ? [...file.imports, ...(file.viteMetadata?.importedCss ?? [])] : [];
          pieces.set(name, { bytes: gzip(Buffer.from(source)).length, needs });
          if (name.endsWith(".html")) entries.push(name);
          if (file.type === "chunk" && file.isEntry) entries.push(name);
          // A page is what App imports when somebody goes there.
          if (file.type === "chunk" && file.isDynamicEntry && /\/pages\/\w+\/\w+\.tsx$/.test(file.facadeModuleId ?? "")) pages.set(basename(file.facadeModuleId ?? "", ".tsx"), name);
        }

        if (entries.length < 2 || pages.size === 0) throw new Error("The build has no document, no entry or no page: what it costs cannot be said.");
        const all = costs(pieces, entries, pages);
        const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
        const beyond = all.filter(({ bytes }) => bytes > MOST_BYTES);
        if (beyond.length > 0)
          throw new Error(`A first visit may fetch ${kib(MOST_BYTES)}, and these fetch more: ${beyond.map(({ page, bytes }) => `${page} ${kib(bytes)}`).join(", ")}.`);
        this.info(`first visits, by gzip: ${all.map(({ page, bytes }) => `${page} ${kib(bytes)}`).join(", ")}`);
      },
    },
  };
}
