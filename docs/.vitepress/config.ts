import { defineConfig } from 'vitepress';
import { sidebar } from './sidebar.ts';
import { unlinkSources } from './unlink-sources.ts';

// biome-ignore lint/style/noDefaultExport: VitePress asks for it.
export default defineConfig({
  title: 'latchkey',
  description: 'One sign-in session that opens every request: a browser-side auth client for axios and fetch.',
  lang: 'en',
  cleanUrls: true,
  // Works below any path, and from a folder of a release.
  base: process.env.DOCS_BASE ?? '/',
  head: [['link', { rel: 'icon', href: `${process.env.DOCS_BASE ?? '/'}key.svg`, type: 'image/svg+xml' }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: unlinkSources,
  },
  themeConfig: {
    logo: { src: '/key.svg', alt: '' },
    search: { provider: 'local' },
    sidebar,
    outline: { level: [2, 3] },
    nav: [
      { text: 'Quick start', link: '/quick-start/react', activeMatch: '/quick-start/' },
      { text: 'Guide', link: '/sign-in' },
      { text: 'Servers', link: '/servers/simplejwt', activeMatch: '/servers/' },
      { text: 'API', link: '/api/', activeMatch: '/api/' },
    ],
  },
});
