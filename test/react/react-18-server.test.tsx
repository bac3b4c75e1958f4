// @vitest-environment node
import { describe, vi } from 'vitest';
import { describeServer } from './server.tsx';

vi.mock('react', () => import('../frameworks/react-18/node_modules/react/index.js'));
vi.mock('react/jsx-runtime', () => import('../frameworks/react-18/node_modules/react/jsx-runtime.js'));
vi.mock('react/jsx-dev-runtime', () => import('../frameworks/react-18/node_modules/react/jsx-dev-runtime.js'));
vi.mock('react-dom/server', () => import('../frameworks/react-18/node_modules/react-dom/server.node.js'));

describe('a server with React 18', describeServer);
