import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Fixed names: the pages ask for them by name and add the file's own time stamp.
export default defineConfig({
  root: here("."),
  base: "/console/static/",
  publicDir: false,
  build: {
    outDir: here("../static"),
    emptyOutDir: true,
    target: "chrome86",
    cssTarget: "chrome86",
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: false,
    rollupOptions: {
      input: {
        room: here("src/room.ts"),
        lines: here("src/lines.ts"),
        page: here("src/page.ts"),
        intake: here("src/intake.ts"),
        roster: here("src/roster.ts"),
        paper: here("src/paper.ts"),
        corrections: here("src/corrections.ts"),
        unseal: here("src/unseal.ts"),
        bundle: here("src/bundle.ts"),
      },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
