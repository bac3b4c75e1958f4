import type { ReactNode } from 'react';
import { act } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { afterEach, vi } from 'vitest';

/** What stands in a page, and how to change it. */
export interface Mounted {
  /** What the user reads. */
  readonly text: () => string;
  readonly element: HTMLElement;
  render(node: ReactNode): Promise<void>;
  unmount(): Promise<void>;
}

const react = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
react.IS_REACT_ACT_ENVIRONMENT = true;
const mounted = new Set<Mounted>();

afterEach(async () => {
  for (const one of mounted) await one.unmount();
});

/** Renders as an app does, in a root of its own that goes with the test. */
export async function mount(node: ReactNode): Promise<Mounted> {
  const element = document.body.appendChild(document.createElement('div'));
  return track(
    element,
    await act(async () => {
      const root = createRoot(element);
      root.render(node);
      return root;
    }),
  );
}

/** Takes up what a server has rendered. */
export async function hydrate(html: string, node: ReactNode): Promise<Mounted> {
  const element = document.body.appendChild(document.createElement('div'));
  element.innerHTML = html;
  return track(element, await act(async () => hydrateRoot(element, node)));
}

/** Waits for what comes by itself, as from the network: React renders as it does for a user meanwhile. */
export async function until(expectation: () => void): Promise<void> {
  react.IS_REACT_ACT_ENVIRONMENT = false;
  try {
    await vi.waitFor(expectation, 5000);
  } finally {
    react.IS_REACT_ACT_ENVIRONMENT = true;
  }
}

function track(element: HTMLElement, root: { render(node: ReactNode): void; unmount(): void }): Mounted {
  const one: Mounted = {
    element,
    text: () => element.textContent ?? '',
    render: (node) => act(async () => root.render(node)),
    async unmount() {
      mounted.delete(one);
      await act(async () => root.unmount());
      element.remove();
    },
  };
  mounted.add(one);
  return one;
}
