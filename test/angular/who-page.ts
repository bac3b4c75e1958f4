import { Component, type EnvironmentProviders, type Provider, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import type { Session } from 'latchkey';
import { injectSession, injectSessionState, injectUser, provideSession } from 'latchkey/angular';

type AnySession = Session<never, unknown>;

/** Whose name the page shows. */
export interface Person {
  readonly name: string;
}

let pages = 0;

/** A page that shows who is signed in. */
function whoPage() {
  const selector = `app-who-${++pages}`;
  const checks: string[] = [];
  class Who {
    readonly state = injectSessionState();
    readonly user = injectUser<Session<never, Person | undefined>>();
    readonly session = injectSession();
    seen(): string {
      checks.push(this.state().status);
      return '';
    }
  }
  const template = '{{ state().status }}: @if (user(); as user) { <b>{{ user.name }}</b> }{{ seen() }}';
  return { checks, selector, component: Component({ selector, template })(Who) as typeof Who };
}

/** Opens it: an application without zone.js. */
export async function show(session: AnySession, providers: readonly (Provider | EnvironmentProviders)[] = []) {
  const { checks, component, selector } = whoPage();
  const host = document.body.appendChild(document.createElement(selector));
  const starting = bootstrapApplication(component, {
    providers: [provideZonelessChangeDetection(), provideSession(session), ...providers],
  });
  return { checks, starting, text: () => host.textContent?.replace(/\s+/g, ' ').trim() };
}
