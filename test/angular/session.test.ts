// @vitest-environment-options { "url": "https://app.example.com/" }
import '@angular/compiler';
import { tellSession } from './suites/session.ts';

tellSession();
