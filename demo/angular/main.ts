import '@angular/compiler';
import { provideHttpClient, withInterceptors } from '@angular/common/http';
import { provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideRouter, withHashLocation } from '@angular/router';
import { provideSession, sessionInterceptor } from 'latchkey/angular';
import { session } from '../shared/session.ts';
import { App } from './app.ts';
import { routes } from './routes.ts';

// An app that the Angular CLI builds leaves the compiler out, and is otherwise the same.
await bootstrapApplication(App, {
  providers: [
    provideZonelessChangeDetection(),
    provideSession(session),
    provideHttpClient(withInterceptors([sessionInterceptor])),
    provideRouter(routes, withHashLocation()),
  ],
});
