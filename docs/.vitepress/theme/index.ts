import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import TabsProtocol from './tabs-protocol.vue';
import './style.css';

// biome-ignore lint/style/noDefaultExport: VitePress asks for it.
export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('TabsProtocol', TabsProtocol);
  },
} satisfies Theme;
