import { defineConfig } from "vite";

// The node serves the page with a strict policy: one script and one style of its own origin, nothing inline.
export default defineConfig({
  base: "./",
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  // `npm run dev` works on the page against a running node.
  server: { proxy: { "/api": process.env["OPENSETTLE_API"] ?? "http://127.0.0.1:8480" } },
});
