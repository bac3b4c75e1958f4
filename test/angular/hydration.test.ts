// @vitest-environment-options { "url": "https://app.example.com/" }
import '@angular/compiler';
import { tellHydration } from './suites/server.ts';

tellHydration();
