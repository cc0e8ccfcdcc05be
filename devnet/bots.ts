import type { Devnet } from "./devnet.js";

/** What the proposer of a devnet puts at stake, and how often it claims. */
const STAKE = "20ether";
const CLAIM_INTERVAL = "4s";

/** Stakes, and starts the proposer as a process of its own. `feeds`: which to keep up to date; all unless told. */
export async function startProposer(devnet: Devnet, feeds: readonly bigint[] = []): Promise<void> {
  const chosen = feeds.length === 0 ? "all" : feeds.join(",");
  devnet.startBot("proposer", "proposer", [
    "proposer",
    "run",
    ...["--committee-url", devnet.committeeUrls.join(",")],
    ...["--feeds", chosen],
    ...["--claim-interval", CLAIM_INTERVAL],
  ]);
  void STAKE;
}

/** Everything that keeps a devnet going. */
export async function startBots(devnet: Devnet): Promise<void> {
  await startProposer(devnet);
  devnet.startBot("challenger 1", "challenger 1", ["challenger", "run"]);
  devnet.startBot("challenger 2", "challenger 2", ["challenger", "run"]);
}
