import { Component, computed } from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';
import { injectSession, injectSessionState, injectUser } from 'latchkey/angular';

@Component({
  selector: 'header[demoHeader]',
  imports: [RouterLink, RouterLinkActive],
  template: `
    <p class="brand"><a href="../">latchkey</a> in Angular</p>
    @if (isSignedIn()) {
      <nav aria-label="Pages of the app">
        <a routerLink="/items" routerLinkActive ariaCurrentWhenActive="page">Items</a>
        <a routerLink="/profile" routerLinkActive ariaCurrentWhenActive="page">Profile</a>
      </nav>
      <p class="who">Signed in as <strong>{{ user()?.username }}</strong></p>
      <button type="button" class="quiet" (click)="session.signOut()">Sign out</button>
    }
  `,
})
export class Header {
  protected readonly session = injectSession();
  protected readonly user = injectUser();
  private readonly state = injectSessionState();
  protected readonly isSignedIn = computed(() => this.state().status === 'signed-in');
}
