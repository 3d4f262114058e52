import { defineConfig, type Plugin } from "vite";

/** The service worker must know the names of the built files; they are known only here. */
function precacheList(): Plugin {
  return {
    name: "kaochang-precache-list",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") throw new Error("the service worker was not built as sw.js");
      const shell = Object.keys(bundle)
        .filter((name) => name.startsWith("assets/"))
        .map((name) => `/${name}`)
        .sort();
      const before = worker.code;
      worker.code = before.replace(/["'`]__SHELL_FILES__["'`]/, JSON.stringify(shell.join(" ")));
      if (worker.code === before) throw new Error("the service worker has no place for the list");
    },
  };
}

/** Built down to Chromium 86; Flask serves the result at `/`, `/assets/*` and `/sw.js`. */
export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [precacheList()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "chrome86",
    cssTarget: "chrome86",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: `${import.meta.dirname}/index.html`, sw: `${import.meta.dirname}/src/sw/sw.ts` },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
