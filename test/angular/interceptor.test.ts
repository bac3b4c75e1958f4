// @vitest-environment-options { "url": "https://app.example.com/" }
import '@angular/compiler';
import { tellInterceptor } from './suites/interceptor.ts';

tellInterceptor();
