import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // By default one core is left idle, of two.
    maxWorkers: '100%',
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'engine',
          hookTimeout: 120_000,
          include: ['test/engine/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: { name: 'webview', include: ['test/webview/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      // Not a test: writes the pictures of the documentation (npm run pictures).
      {
        test: {
          name: 'pictures',
          include: ['test/e2e/pictures.ts'],
          testTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
