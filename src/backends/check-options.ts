import { isJsonObject, own } from '../token/own.ts';

/** What an option may be; a record of kinds is an object of further options. */
export type OptionKinds = { readonly [option: string]: 'text' | 'text or false' | 'true or false' | OptionKinds };

/**
 * Checks the options of a backend as its project wrote them; undefined is always the default.
 *
 * @param where What the options belong to, such as `simpleJwt`, for the error's text.
 * @throws {TypeError} When one is unknown or of another kind, naming it and what it may be.
 */
export function checkOptions(where: string, options: unknown, kinds: OptionKinds, prefix = ''): void {
  if (!isJsonObject(options)) throw new TypeError(`${where}: ${prefix || 'it'} must be given an object of options.`);
  for (const [name, value] of Object.entries(options)) {
    const kind = own(kinds, name) as OptionKinds[string] | undefined;
    const label = prefix === '' ? name : `${prefix}.${name}`;
    if (kind === undefined) {
      throw new TypeError(`${where}: there is no option "${label}"; there are ${Object.keys(kinds).join(', ')}.`);
    }
    if (value === undefined) continue;
    if (typeof kind === 'object') checkOptions(where, value, kind, label);
    else if (!isOfKind(value, kind)) throw new TypeError(`${where}: ${label} must be ${kind}.`);
  }
}

function isOfKind(value: unknown, kind: 'text' | 'text or false' | 'true or false'): boolean {
  if (typeof value === 'boolean') return kind === 'true or false' || (kind === 'text or false' && !value);
  return typeof value === 'string' && value !== '' && kind !== 'true or false';
}
