// Builds the islands for Chrome 80 and later into the web room's static files; names are fixed, so that the committed build can be compared.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    target: "chrome80",
    outDir: "../src/lantu/web/static/web/dist",
    emptyOutDir: true,
    sourcemap: false,
    modulePreload: false,
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      input: {
        map: "src/map/main.ts",
        analysis: "src/analysis/main.ts",
        compare: "src/compare/main.ts",
        digitise: "src/digitise/main.ts",
        embed: "src/embed/main.ts",
        linked: "src/map/linked.ts",
      },
      output: { entryFileNames: "[name].js", chunkFileNames: "[name].js", assetFileNames: "[name][extname]" },
    },
  },
});
