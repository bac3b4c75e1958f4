import { type Variant, variantOf } from './variants.ts';

/** What the address says: which variant, and how many steps of it were made. */
export interface Place {
  readonly variant: Variant;
  readonly step: number;
}

/** Reads the address. What makes no sense there is taken for the beginning. */
export function placeOf(search: string): Place {
  const parameters = new URLSearchParams(search);
  const step = Number(parameters.get('step') ?? 0);
  return { variant: variantOf(parameters.get('variant')), step: Number.isSafeInteger(step) && step > 0 ? step : 0 };
}

/** The address of a step. */
export function addressOf({ variant, step }: Place): string {
  return `?${new URLSearchParams({ variant: variant.id, step: String(step) })}`;
}
