import { Component, computed } from '@angular/core';
import { injectSession, injectSessionState, injectUser } from 'latchkey/angular';
import { profileRows } from '../shared/profile.ts';

@Component({
  selector: 'demo-profile',
  host: { style: 'display: contents' },
  template: `
    <main>
      <h1>Profile</h1>
      <dl>
        @for (row of rows(); track row[0]) {
          <div><dt>{{ row[0] }}</dt><dd>{{ row[1] }}</dd></div>
        }
      </dl>
      <button type="button" class="quiet" (click)="session.signOut({ everywhere: true })">Sign out everywhere</button>
      <p><small>Ends your sessions on all devices.</small></p>
    </main>
  `,
})
export class Profile {
  protected readonly session = injectSession();
  private readonly user = injectUser();
  private readonly state = injectSessionState();
  protected readonly rows = computed(() => {
    const state = this.state();
    return profileRows(this.user(), state.status === 'signed-in' ? state.tokenExpiresAt : undefined);
  });
}
