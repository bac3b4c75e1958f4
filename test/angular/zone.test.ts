// @vitest-environment-options { "url": "https://app.example.com/" }
import '@angular/compiler';
import { tellZone } from './suites/zone.ts';

tellZone();
