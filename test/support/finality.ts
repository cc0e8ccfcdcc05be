import type { Wallet } from "ethers";
import type { Claim } from "../../shared/protocol/claim.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import { send } from "../proposer/bot.js";
import type { TestDeployment } from "./deployment.js";

/** Claims and finalises by hand, for tests that are about what comes after. */
export interface Claimant {
  /** Claims A's newest block on the newest living claim. */
  claim(): Promise<ClaimEntry>;
  /** Lets the window pass and makes the claim final. */
  finalize(entry: ClaimEntry): Promise<Claim>;
  /** Shows the whole committee's evidence for the claim. */
  attest(entry: ClaimEntry): Promise<void>;
}

const STAKE_WEI = 50n * 10n ** 18n;

export async function createClaimant(deployment: TestDeployment, wallet: Wallet): Promise<Claimant> {
  const source = await deployment.openSource();
  const reader = await deployment.openReader();
  await send(deployment, wallet, "stake", "deposit", [wallet.address], STAKE_WEI);
  const { claims } = deployment.parameters;
  return {
    async claim() {
      const header = await source.latestHead();
      const known = [...(await reader.sync()).ledger.claims.values()];
      const parent = known.filter(({ status }) => status === "Pending" || status === "Final").at(-1);
      await send(deployment, wallet, "stateSync", "propose", [wallet.address, parent?.id, header.rlp]);
      return [...(await reader.sync()).ledger.claims.values()].at(-1) as ClaimEntry;
    },
    async finalize({ claim }) {
      await deployment.advance(claims.windowSeconds + claims.graceSeconds + 1n);
      await send(deployment, wallet, "stateSync", "finalize", [claim]);
      return claim;
    },
    async attest({ claim }) {
      const evidence = await deployment.evidence(claim.number, claim.blockHash);
      await send(deployment, wallet, "anchorCourt", "attest", [claim, evidence]);
    },
  };
}
