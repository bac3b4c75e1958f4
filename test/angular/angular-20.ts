// Imported first, it puts Angular 20 in the place of the newer one.
import { vi } from 'vitest';

// What is not bundled finds its own siblings: these are the only doors through which the tests go.
const { of } = vi.hoisted(() => ({
  of: (path: string) => import(/* @vite-ignore */ `../frameworks/angular-20/node_modules/@angular/${path}.mjs`),
}));
vi.mock('@angular/compiler', () => of('compiler/fesm2022/compiler'));
vi.mock('@angular/core', () => of('core/fesm2022/core'));
vi.mock('@angular/common/http', () => of('common/fesm2022/http'));
vi.mock('@angular/common/http/testing', () => of('common/fesm2022/http/testing'));
vi.mock('@angular/platform-browser', () => of('platform-browser/fesm2022/platform-browser'));
vi.mock('@angular/router', () => of('router/fesm2022/router'));
vi.mock('@angular/platform-server', () => of('platform-server/fesm2022/platform-server'));
