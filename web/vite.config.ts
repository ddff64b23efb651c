import preact from "@preact/preset-vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [preact()],
  build: {
    outDir: "../src/forefolio/api/built",
    emptyOutDir: true,
    assetsInlineLimit: 0, // every file is a file, so that the policy of the page stays short
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  test: { include: ["tests/**/*.test.ts"] },
});
