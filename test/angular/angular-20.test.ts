// @vitest-environment-options { "url": "https://app.example.com/" }
import './angular-20.ts';
import '@angular/compiler';
import { VERSION } from '@angular/core';
import { describe, expect, it } from 'vitest';
import { tellGuard } from './suites/guard.ts';
import { tellInterceptor } from './suites/interceptor.ts';
import { tellSession } from './suites/session.ts';

describe('Angular 20', () => {
  it('is what is tested here', () => {
    expect(VERSION.major).toBe('20');
  });
  tellSession();
  tellGuard();
  tellInterceptor();
});
