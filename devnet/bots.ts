import { interfaces } from "../shared/chain/contracts.js";
import type { Devnet } from "./devnet.js";

/** What the proposer of a devnet puts at stake, and how often it claims. */
const STAKE_WEI = 20n * 10n ** 18n;
const CLAIM_INTERVAL = "6s";

/** Stakes, and starts the proposer as a process of its own. `feeds`: which to keep up to date; all unless told. */
export async function startProposer(devnet: Devnet, feeds: readonly bigint[] = []): Promise<void> {
  const staker = devnet.wallet("proposer").address;
  const { stake } = devnet.manifest.contracts;
  const data = interfaces.stake.encodeFunctionData("deposit", [staker]);
  await devnet.sender("proposer").send({ to: stake, data, value: STAKE_WEI, label: "stake", key: "stake" });
  devnet.startBot("proposer", "proposer", [
    ...["proposer", "run"],
    ...["--committee-url", devnet.committeeUrls.join(",")],
    ...["--feeds", feeds.length === 0 ? "all" : feeds.join(",")],
    ...["--claim-interval", CLAIM_INTERVAL],
  ]);
}

/** Two watchtowers, each a process of its own. */
export function startChallengers(devnet: Devnet): void {
  for (const name of ["challenger 1", "challenger 2"] as const) {
    devnet.startBot(name, name, ["challenger", "run", "--bond-reserve", "2"]);
  }
}
