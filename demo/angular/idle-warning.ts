import { afterNextRender, Component, computed, DestroyRef, ElementRef, inject, type Signal } from '@angular/core';
import { injectSession, injectSessionState } from 'latchkey/angular';
import { idleEnd } from '../shared/idle.ts';
import { idleText } from '../shared/texts.ts';

/** When the session ends unless the user does something. */
function injectIdleEnd(): Signal<number | undefined> {
  const state = injectSessionState();
  return computed(() => idleEnd(state()));
}

@Component({
  selector: 'dialog[demoIdleDialog]',
  host: { 'aria-labelledby': 'idle-title' },
  template: `
    <article>
      <h2 id="idle-title">Are you still there?</h2>
      <p>{{ text() }}</p>
      <button type="button" (click)="session.extend()">Stay signed in</button>
    </article>
  `,
})
export class IdleDialog {
  protected readonly session = injectSession();
  private readonly endsAt = injectIdleEnd();
  protected readonly text = computed(() => idleText(this.endsAt() ?? 0));

  constructor() {
    const dialog: HTMLDialogElement = inject(ElementRef).nativeElement;
    afterNextRender(() => dialog.showModal());
    inject(DestroyRef).onDestroy(() => dialog.close());
  }
}

/** Asks whether the user is still there, while an end is near. */
@Component({
  selector: 'demo-idle-warning',
  imports: [IdleDialog],
  host: { style: 'display: contents' },
  template: `
    @if (endsAt() !== undefined) {
      <dialog demoIdleDialog></dialog>
    }
  `,
})
export class IdleWarning {
  protected readonly endsAt = injectIdleEnd();
}
