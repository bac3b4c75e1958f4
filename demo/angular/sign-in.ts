import { Component, computed, signal } from '@angular/core';
import { injectSession, injectSessionState } from 'latchkey/angular';
import { problemText, reasonText } from '../shared/texts.ts';

@Component({
  selector: 'demo-sign-in',
  host: { style: 'display: contents' },
  template: `
    <main class="narrow">
      <h1>Sign in</h1>
      @if (ended(); as text) {
        <p role="status" class="ended">{{ text }}</p>
      }
      <form (submit)="submit($event)">
        <label>User name <input name="username" autocomplete="username" autocapitalize="none" required /></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
        <p role="alert" class="problem">{{ problem() }}</p>
        <button type="submit" [attr.aria-busy]="isBusy()">Sign in</button>
      </form>
      <p>
        <small>Try <code>alice</code> with <code>alice-pass-1</code>. Any other password shows what the server says.</small>
      </p>
    </main>
  `,
})
export class SignIn {
  private readonly session = injectSession();
  private readonly state = injectSessionState();
  protected readonly problem = signal('');
  protected readonly isBusy = signal(false);
  protected readonly ended = computed(() => {
    const state = this.state();
    return reasonText(state.status === 'signed-out' ? state.reason : undefined);
  });

  /** The app follows the session to the page that was asked for. */
  protected async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.isBusy()) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    this.problem.set('');
    this.isBusy.set(true);
    try {
      await this.session.signIn({ username: String(form.get('username')), password: String(form.get('password')) });
    } catch (error) {
      this.problem.set(problemText(error));
    } finally {
      this.isBusy.set(false);
    }
  }
}
