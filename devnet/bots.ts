import { AbiCoder, concat, getAddress } from "ethers";
import { interfaces } from "../shared/chain/contracts.js";
import { messageContractsOf } from "../shared/chain/manifest.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import type { Devnet } from "./devnet.js";
import { artifactCode } from "./traffic.js";

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

/** Fees of a devnet's feeds, in gwei per second and per value. */
const FEE_GWEI = 1_000n;

/** Starts a feed of an account of A. @returns its id. */
export async function createFeed(devnet: Devnet, account: string, fundsWei: bigint): Promise<bigint> {
  const { feeds } = devnet.manifest.contracts;
  const data = interfaces.feeds.encodeFunctionData("createFeed", [account, FEE_GWEI, FEE_GWEI]);
  const outcome = await devnet
    .sender("deployer")
    .send({ to: feeds, data, value: fundsWei, label: "create feed", key: `feed:${account}:${fundsWei}` });
  const logs = outcome.kind === "confirmed" ? outcome.receipt.logs : [];
  const created = logs
    .map((log) => interfaces.feeds.parseLog({ topics: [...log.topics], data: log.data }))
    .find((event) => event?.name === "FeedCreated");
  if (created !== undefined && created !== null) return created.args["feed"] as bigint;
  throw new OptisyncError("FeedNotCreated", "the feed could not be created", { action: "halt" });
}

/** Two watchtowers, each a process of its own. */
export function startChallengers(devnet: Devnet): void {
  for (const name of ["challenger 1", "challenger 2"] as const) {
    devnet.startBot(name, name, ["challenger", "run", "--bond-reserve", "2"]);
  }
}

/** Deploys to B a receiver that takes every message. @returns its address. */
export async function createNotebook(devnet: Devnet): Promise<string> {
  const { inbox } = messageContractsOf(devnet.manifest);
  const data = concat([artifactCode("Notebook"), AbiCoder.defaultAbiCoder().encode(["address"], [inbox])]);
  const outcome = await devnet.sender("deployer").send({ data, label: "create notebook", key: "notebook" });
  const address = outcome.kind === "confirmed" ? outcome.receipt.contractAddress : undefined;
  if (address !== undefined && address !== null) return getAddress(address);
  throw new OptisyncError("NotebookNotCreated", "the receiver of messages could not be created", {
    action: "halt",
  });
}
