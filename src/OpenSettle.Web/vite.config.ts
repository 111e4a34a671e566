import { defineConfig } from "vite";
import { budget } from "./build/budget.ts";
import { compressed } from "./build/compress.ts";

const node = process.env["OPENSETTLE_API"] ?? "http://127.0.0.1:8480";

// The node serves the page with a strict policy: scripts and styles of its own origin, nothing inline.
export default defineConfig({
  // Relative to the page's <base>, which the node writes: it may stand below /chains/NAME/.
  base: "./",
  plugins: [budget(), compressed()],
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  // `npm run dev` works on the page against a running node, and `npm run preview` on what was built.
  server: { proxy: { "/api": node, "/bundles": node } },
  preview: { proxy: { "/api": node, "/bundles": node } },
});
