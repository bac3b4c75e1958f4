import { describe } from 'vitest';
import { describeConcurrent } from './concurrent.tsx';
import { describeHooks } from './hooks.tsx';
import { describeHydration } from './hydration.tsx';
import { describeProvider } from './provider.tsx';

describe('the hooks on React 19', () => describeHooks(/^19\./));
describe('the provider on React 19', describeProvider);
describe('concurrent rendering on React 19', describeConcurrent);
describe('hydration on React 19', describeHydration);
