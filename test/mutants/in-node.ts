// @vitest-environment node
import { asOne } from './as-one.ts';

asOne('node');
