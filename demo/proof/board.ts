import type { World } from '../../test/model/protocol/world.ts';
import { element } from './element.ts';
import type { Variant } from './variants.ts';
import { doingText, fenceText, flawOf, lockText, nameOf, recordText, requestText, serverText } from './words.ts';

/** What the board shows at one moment: sections of facts, each under its name. */
interface Section {
  readonly name: string;
  readonly facts: readonly (readonly [name: string, text: string, flaw?: string | undefined])[];
}

/** The board as an element: the two tabs, and between them what they share. What the last step changed is marked. */
export function boardOf(world: World, before: World, variant: Variant): HTMLElement[] {
  const old = sectionsOf(before, variant);
  return sectionsOf(world, variant).map(({ name, facts }, index) => {
    const was = new Map(old[index]?.facts.map(([fact, text, flaw]) => [fact, `${text}, ${flaw}`]));
    const list = element('dl');
    for (const [fact, text, flaw] of facts) {
      const isChanged = was.get(fact) !== `${text}, ${flaw}`;
      const value = element('dd', text);
      if (flaw) value.append(', ', element('em', flaw));
      if (isChanged) value.append(element('span', ' (changed)', 'visually-hidden'));
      const row = element('div');
      if (isChanged) row.dataset.changed = 'true';
      row.append(element('dt', fact), value);
      list.append(row);
    }
    const section = element('section');
    section.append(element('h3', name), list);
    return section;
  });
}

function sectionsOf(world: World, variant: Variant): Section[] {
  const [a, b] = world.tabs.map((tab, index) => ({
    name: nameOf(index),
    facts: [
      ['does', doingText(tab, variant)] as const,
      ['holds', recordText(tab.held, world), flawOf(tab.held, world)] as const,
      ['is shown by the store', recordText(tab.view, world), flawOf(tab.view, world)] as const,
      ['request', requestText(tab, world)] as const,
    ],
  }));
  const shared: Section = {
    name: 'Between them',
    facts: [
      ['lock', lockText(world, variant)],
      ['store', recordText(world.store, world), flawOf(world.store, world)],
      ['fence', fenceText(world, variant)],
      ['server', serverText(world)],
    ],
  };
  return [a, shared, b].filter((section) => section !== undefined);
}
