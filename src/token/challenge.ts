/** One way in which a server says that a request could have been authenticated (RFC 9110 section 11.3). */
export interface Challenge {
  /** In lower case, such as `bearer`. */
  readonly scheme: string;
  /** What some schemes send instead of parameters; undefined where there is none. */
  readonly token68?: string | undefined;
  /** By their names in lower case. Without a prototype, so that what is not there is undefined (PPL-1). */
  readonly parameters: Readonly<Record<string, string>>;
}

/** More than any server sends; a longer field is not read at all, because half of one says something else. */
const MAX_LENGTH = 8192;
/** What stands between two parts of a field; a comma in it begins a new one, and there may be several. */
const SEPARATOR = /[ \t]*(,[ \t,]*)?/y;
/** `name=value` or `name="value"` up to the next comma; spaces around the sign are bad, and to be borne (RFC 9110 section 5.6.3). */
const PARAMETER =
  /([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*(?:([\w!#$%&'*+.^`|~-]+)|"((?:[\t !#-[\]-~\x80-\uffff]|\\[\t -~\x80-\uffff])*)")[ \t]*(?=,|$)/y;
const SCHEME = /([\w!#$%&'*+.^`|~-]+)(?:[ \t]+|(?=,|$))/y;
const TOKEN68 = /([\w.~+/-]+=*)[ \t]*(?=,|$)/y;

/**
 * Reads a `WWW-Authenticate` field as RFC 9110 section 11.6.1 has it: several challenges, commas and escapes in quoted
 * strings, token68. Takes any text, in linear time, and never throws.
 *
 * A challenge that names a parameter twice is left out (RFC 6750 section 3). From a fault on nothing can be told apart any
 * more, so the challenge with the fault and all that follow are left out, too.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: Challenge[] = [];
  if (header.length > MAX_LENGTH) return challenges;
  let current: (Challenge & { readonly parameters: Record<string, string> }) | undefined;
  let isUsable = false;
  let position = 0;

  /** What stands here, if it is this; then it has been read. */
  function take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = position;
    const found = pattern.exec(header);
    if (found) position = pattern.lastIndex;
    return found;
  }

  function finish(): void {
    if (current && isUsable) challenges.push(current);
    current = undefined;
  }

  for (;;) {
    const isFirst = position === 0;
    const mayBegin = take(SEPARATOR)?.[1] !== undefined || isFirst;
    if (position === header.length) break;
    const parameter = current && current.token68 === undefined ? take(PARAMETER) : null;
    if (current && parameter) {
      const [, name = '', token, quoted = ''] = parameter;
      const key = name.toLowerCase();
      if (key in current.parameters) isUsable = false;
      current.parameters[key] = token ?? quoted.replace(/\\(.)/gs, '$1');
      continue;
    }
    const scheme = mayBegin ? take(SCHEME) : null;
    // A fault, such as a quote that is never closed: what stands behind it may be anybody's words.
    if (!scheme) return challenges;
    finish();
    isUsable = true;
    current = {
      scheme: (scheme[1] ?? '').toLowerCase(),
      token68: take(TOKEN68)?.[1],
      parameters: Object.create(null),
    };
  }
  finish();
  return challenges;
}
