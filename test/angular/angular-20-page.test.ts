// @vitest-environment-options { "url": "https://app.example.com/" }
import './angular-20.ts';
import '@angular/compiler';
import { VERSION } from '@angular/core';
import { describe, expect, it } from 'vitest';
import { tellHydration } from './suites/server.ts';
import { tellShop } from './suites/shop.ts';

describe('Angular 20', () => {
  it('is what is tested here', () => {
    expect(VERSION.major).toBe('20');
  });
  tellHydration();
  tellShop();
});
