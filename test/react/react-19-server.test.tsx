// @vitest-environment node
import { describe } from 'vitest';
import { describeServer } from './server.tsx';

describe('a server with React 19', describeServer);
