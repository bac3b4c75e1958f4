import { useSession, useSessionState } from 'latchkey/react';
import { type ReactNode, useEffect, useRef } from 'react';
import { idleEnd } from '../shared/idle.ts';
import { idleText } from '../shared/texts.ts';

/** Asks whether the user is still there, while an end is near. */
export function IdleWarning(): ReactNode {
  const endsAt = useSessionState(idleEnd);
  return endsAt !== undefined && <IdleDialog endsAt={endsAt} />;
}

function IdleDialog({ endsAt }: { readonly endsAt: number }): ReactNode {
  const session = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="idle-title">
      <article>
        <h2 id="idle-title">Are you still there?</h2>
        <p>{idleText(endsAt)}</p>
        <button type="button" onClick={() => session.extend()}>
          Stay signed in
        </button>
      </article>
    </dialog>
  );
}
