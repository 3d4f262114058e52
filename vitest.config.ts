import { defineConfig } from "vitest/config";

/** Unit tests of both browser parts; they need no browser and no server. */
export default defineConfig({
  test: {
    include: ["exam_client/terminal/tests/**/*.test.ts", "proctor_console/board/**/*.test.ts"],
    environment: "node",
  },
});
