/**
 * What a source chain or its node does differently from Ethereum's rules and from what geth answers. All of it is
 * here and nowhere else.
 *
 * A node's word (`web3_clientVersion`) never changes how a block is executed: a node that calls itself Hardhat would
 * make the right roots look false. The profile is part of the deployment; the node's word proposes one when
 * a deployment is made and refuses a node that does not fit.
 *
 * Differences that need no case, since everything is found by its hash:
 *  - the proof of an empty trie is `[]` for geth and `["0x80"]` for others: a walk under the empty root takes no node;
 *  - the `state` of an execution witness is a list for geth and a map in older versions of reth;
 *  - nodes beyond the ones needed, twice or in any order, change nothing;
 *  - a debug method that a node lacks or refuses is found out by asking once (`fetchWitness`).
 */
export interface ChainProfile {
  /**
   * Calls before the first and after the last transaction (EIP-4788, EIP-2935; EIP-7002, EIP-7251): made, or left
   * out as Hardhat's node does. It deploys the contracts of the former and lacks those of the latter.
   */
  makesSystemCalls: boolean;
  /**
   * Headers follow from their parents by the rules of consensus. A development node lets its user set base fee, gas
   * limit and time of a block, so there a header that does not follow is no fault.
   */
  hasHeaderRules: boolean;
}

export const profileNames = ["ethereum", "hardhat"] as const;
export type ProfileName = (typeof profileNames)[number];

export const chainProfiles: Readonly<Record<ProfileName, ChainProfile>> = {
  /** geth, reth, Nethermind, Besu, Erigon, and every chain that follows Ethereum's rules. */
  ethereum: {
    makesSystemCalls: true,
    hasHeaderRules: true,
  },
  /** Hardhat's node (EDR): canonical roots, fields of headers as its user likes. */
  hardhat: {
    makesSystemCalls: false,
    hasHeaderRules: false,
  },
};

/** Nodes whose state roots are not Ethereum's, and why: no proof about them would hold. */
const REFUSED: readonly { client: string; version: RegExp; reason: string }[] = [
  {
    client: "anvil",
    version: /^anvil\b/i,
    reason: "it keeps leaves for slots of value zero, so its state roots are its own",
  },
];

const HARDHAT = /^HardhatNetwork\b/i;

/** What `web3_clientVersion` says about a node. */
export type Recognition =
  { kind: "profile"; profile: ProfileName } | { kind: "refused"; client: string; reason: string };

/** The profile that fits a node by its own word, or why it cannot be a source. Everything unknown is Ethereum's. */
export function recogniseClient(clientVersion: unknown): Recognition {
  const version = typeof clientVersion === "string" ? clientVersion : "";
  const refused = REFUSED.find((entry) => entry.version.test(version));
  if (refused !== undefined) return { kind: "refused", client: refused.client, reason: refused.reason };
  return { kind: "profile", profile: HARDHAT.test(version) ? "hardhat" : "ethereum" };
}
