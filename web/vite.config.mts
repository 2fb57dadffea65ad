// How the page is built: one script, one style sheet, nothing inline, as its Content-Security-Policy allows neither.
import path from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/billing/',
  // What Node's configuration and the environment say is nothing that a browser should see.
  envPrefix: 'MINUTEBOOK_PAGE_',
  build: {
    outDir: path.join(import.meta.dirname, '..', 'dist', 'web'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    sourcemap: false,
  },
});
