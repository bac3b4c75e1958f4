// @vitest-environment node
import '@angular/compiler';
import { tellServer } from './suites/server.ts';

tellServer();
