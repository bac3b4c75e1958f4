import { Component } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { followSession } from './follow-session.ts';
import { Header } from './header.ts';
import { IdleWarning } from './idle-warning.ts';

/** What every page has. */
@Component({
  selector: 'demo-app',
  imports: [Header, IdleWarning, RouterOutlet],
  template: `
    <header demoHeader></header>
    <router-outlet />
    <demo-idle-warning />
  `,
})
export class App {
  constructor() {
    followSession();
  }
}
