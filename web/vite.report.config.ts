/** The scripts of the reports: each is one file, which stands inside them. `--mode answer` builds that of any answer. */
import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

const ENTRIES: Record<string, string> = { report: "src/report/main.tsx", answer: "src/report/answer.tsx" };

export default defineConfig(({ mode }) => {
  const name = mode === "answer" ? mode : "report";
  return {
    plugins: [preact()],
    publicDir: false,
    define: { "process.env.NODE_ENV": JSON.stringify("production") }, // as it would be for an application
    build: {
      outDir: "../src/forefolio/views/built",
      emptyOutDir: name === "report",
      chunkSizeWarningLimit: 900,
      lib: { entry: ENTRIES[name]!, formats: ["iife"], name: "report", fileName: () => `${name}.js` },
    },
  };
});
