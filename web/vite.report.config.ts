/** The script of the report: one file, which stands inside it. */
import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [preact()],
  publicDir: false,
  define: { "process.env.NODE_ENV": JSON.stringify("production") }, // as it would be for an application
  build: {
    outDir: "../src/forefolio/views/built",
    emptyOutDir: true,
    chunkSizeWarningLimit: 900,
    lib: { entry: "src/report/main.tsx", formats: ["iife"], name: "report", fileName: () => "report.js" },
  },
});
