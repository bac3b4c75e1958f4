// @vitest-environment-options { "url": "https://app.example.com/" }
import './angular-20.ts';
import '@angular/compiler';
import { VERSION } from '@angular/core';
import { describe, expect, it } from 'vitest';
import { tellZone } from './suites/zone.ts';

describe('Angular 20', () => {
  it('is what is tested here', () => {
    expect(VERSION.major).toBe('20');
  });
  tellZone();
});
