export interface Scenario {
  readonly name: string;
  readonly limit: number;
}
export declare const SCENARIOS: readonly Scenario[];
export declare function idealOf(clients: number): number;
export declare function playScenario(
  code: object,
  scenario: Scenario,
  clients: number,
): { readonly times: number; readonly sent: number; readonly signedOut: number; readonly isMet: boolean };
