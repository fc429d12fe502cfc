import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env.RCDM_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../services/front/client",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // our policy for content allows no data: but in pictures
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { "/api": server, "/dicom-web": server } },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"], testTimeout: 10_000 },
});
