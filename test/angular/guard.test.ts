// @vitest-environment-options { "url": "https://app.example.com/" }
import '@angular/compiler';
import { tellGuard } from './suites/guard.ts';

tellGuard();
