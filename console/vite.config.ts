// SPDX-License-Identifier: Apache-2.0
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

import { notices } from './scripts/notices';

// `./dev console dev` forwards calls to a running perenniald. Requests are signed for its host, not
// for the development server's.
const server = process.env['PERENNIAL_URL'] ?? 'https://localhost:8643';

// import.meta.glob keeps the paths that it found (app/pages.ts); nobody needs them.
const pageNamesOnly: Plugin = {
  name: 'page-names-only',
  renderChunk: (code) => code.replace(/\.\.\/pages\/([\w-]+)\/route\.tsx/g, '$1'),
};

export default defineConfig(({ command }) => ({
  base: '/console/',
  plugins: [react(), pageNamesOnly, notices()],
  define: {
    __SIGN_HOST__: JSON.stringify(command === 'serve' ? new URL(server).host : ''),
  },
  css: {
    postcss: './postcss.config.cjs',
    modules: { generateScopedName: 'p[hash:base64:6]' },
  },
  build: {
    outDir: '../build/console',
    emptyOutDir: true,
    manifest: true,
    sourcemap: false,
    target: 'es2022',
    // An inlined asset would need data: in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        manualChunks(id) {
          if (/node_modules\/(react|react-dom|scheduler|react-router|cookie|@tanstack)\//.test(id)) {
            return 'vendor';
          }
          return undefined;
        },
        // No source path in a file's name.
        chunkFileNames: 'assets/[hash].js',
        entryFileNames: 'assets/[hash].js',
        assetFileNames: 'assets/[hash][extname]',
      },
    },
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      ['/2016', '/2017', '/2019', '/2021', '/2026'].map((path) => [
        path,
        { target: server, changeOrigin: true, secure: true },
      ]),
    ),
  },
  test: {
    environment: 'node',
    setupFiles: ['./scripts/test_setup.ts'],
    include: ['src/**/*.test.{ts,tsx}', 'scripts/*.test.mjs'],
  },
}));
