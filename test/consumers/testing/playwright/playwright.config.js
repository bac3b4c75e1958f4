import { defineConfig } from '@playwright/test';

const url = `http://localhost:${process.env.PORT}`;

// biome-ignore lint/style/noDefaultExport: This is how Playwright takes it.
export default defineConfig({
  testMatch: '*.spec.js',
  reporter: 'json',
  use: {
    baseURL: url,
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH,
      // Chromium refuses its sandbox to root.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
  },
  webServer: { command: `node ${process.env.VITE} --port ${process.env.PORT} --strictPort`, url },
});
