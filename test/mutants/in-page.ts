import { asOne } from './as-one.ts';

asOne('page');
