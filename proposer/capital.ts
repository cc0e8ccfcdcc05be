import type { ProtocolParameters } from "../shared/protocol/parameters.js";

/** What a proposer has to have so that it never has to stand still. Wei. */
export interface Capital {
  /** Bonds of claims alive at once, each disputed as long as it can be. */
  readonly claimsWei: bigint;
  /** Bonds of updates whose windows are open at once. */
  readonly updatesWei: bigint;
  /** Gas to answer a demand on each of these claims at the deployment's budgeted price. */
  readonly defenceWei: bigint;
}

/** Gas of an answer with the largest evidence a committee needs. */
const ANSWER_GAS = 300_000n;

/** Capital for a claim every `claimIntervalSeconds` and an update of every feed at each of them: docs/protocol.md, Parameters. */
export function capitalNeeded(
  { claims, demands, updates, games, assumptions }: ProtocolParameters,
  plan: { claimIntervalSeconds: bigint; feeds: number },
): Capital {
  const interval = plan.claimIntervalSeconds > 0n ? plan.claimIntervalSeconds : 1n;
  // Both clocks, and the least time of each move once they are used up.
  const gameSeconds = games === undefined ? 0n : 2n * games.clockSeconds + 17n * games.proveSeconds;
  const disputeSeconds = gameSeconds > demands.answerSeconds ? gameSeconds : demands.answerSeconds;
  const claimsAlive = ceil(claims.windowSeconds + disputeSeconds + claims.graceSeconds, interval);
  const updatesAlive = BigInt(plan.feeds) * ceil(updates.windowSeconds, interval);
  return {
    claimsWei: claimsAlive * claims.bondWei,
    updatesWei: updatesAlive * updates.bondWei,
    defenceWei: claimsAlive * ANSWER_GAS * assumptions.gasPriceWei,
  };
}

function ceil(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
