/** The claim is final on B: nobody disproved it in time. What contracts on B can rely on, and all they can. */
export interface Final {
  readonly kind: "final";
}

/**
 * Anchor evidence was shown for the claim's block, but its window is still open.
 *
 * RISK: the anchor alone vouches for it. A quorum of A's committee (or the oracle) that errs, lies or was stolen makes
 * this reading false, and no challenger has had to look yet. No contract on B accepts it. A reading that moves money
 * wants `final`.
 */
export interface Attested {
  readonly kind: "attested";
}

/**
 * The claim has stood for some time, is unchallenged and so are the claims it builds on, but its window is open.
 *
 * RISK: nothing was proven, only nobody has objected *so far*. The proposer alone vouches for it, with a bond that
 * does not cover anybody's loss; challengers may take the whole window. The claim can be rejected tomorrow, and the
 * reading was then never true. Good for showing something to a person while it is said that it may change.
 */
export interface Aged {
  readonly kind: "aged";
  /** For how long, on B's protocol clock, the claim must have stood. */
  readonly seconds: bigint;
}

export type Finality = Final | Attested | Aged;

/** How sure a reading has to be. There is no default: the weaker ones risk what their types say. */
export const finality: {
  readonly final: Final;
  /** RISK: see `Attested`. */
  readonly attested: Attested;
  /** RISK: see `Aged`. */
  aged(seconds: bigint | number): Aged;
} = {
  final: { kind: "final" },
  attested: { kind: "attested" },
  aged: (seconds) => ({ kind: "aged", seconds: BigInt(seconds) }),
};

/** What a reading of this finality risks, for people; undefined if it is final. */
export type RiskOf<F extends Finality> = F extends Final ? undefined : string;

export function riskOf<F extends Finality>(of: F): RiskOf<F> {
  const risks: Record<Finality["kind"], string | undefined> = {
    final: undefined,
    attested: "only the anchor vouches for this value; it is not final and no contract on B accepts it",
    aged: "only the proposer vouches for this value; it can still be rejected and no contract on B accepts it",
  };
  return risks[of.kind] as RiskOf<F>;
}
