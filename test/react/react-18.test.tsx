import { describe, vi } from 'vitest';
import { describeConcurrent } from './concurrent.tsx';
import { describeHooks } from './hooks.tsx';
import { describeHydration } from './hydration.tsx';
import { describeProvider } from './provider.tsx';

vi.mock('react', () => import('../frameworks/react-18/node_modules/react/index.js'));
vi.mock('react/jsx-runtime', () => import('../frameworks/react-18/node_modules/react/jsx-runtime.js'));
vi.mock('react/jsx-dev-runtime', () => import('../frameworks/react-18/node_modules/react/jsx-dev-runtime.js'));
vi.mock('react-dom/client', () => import('../frameworks/react-18/node_modules/react-dom/client.js'));
vi.mock('react-dom/server', () => import('../frameworks/react-18/node_modules/react-dom/server.node.js'));

describe('the hooks on React 18', () => describeHooks(/^18\./));
describe('the provider on React 18', describeProvider);
describe('concurrent rendering on React 18', describeConcurrent);
describe('hydration on React 18', describeHydration);
