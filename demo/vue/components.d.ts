/** What a component is to a checker that reads no `.vue` files; `check-types.mjs` reads them. */
declare module '*.vue' {
  import type { Component } from 'vue';

  const component: Component;
  // biome-ignore lint/style/noDefaultExport: so a component is exported.
  export default component;
}
