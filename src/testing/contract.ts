/** One thing that an implementation must do: `for (const { title, check } of cases) test(title, check)`. */
export interface ContractCase {
  readonly title: string;
  /** Rejects with an error that says what is wrong. */
  check(): Promise<void>;
}

/** Fails a contract's case. */
export function demand(right: boolean, message: string): asserts right {
  if (!right) throw new Error(message);
}
