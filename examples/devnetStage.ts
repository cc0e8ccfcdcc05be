import { JsonRpcProvider } from "ethers";
import { startProposer } from "../devnet/bots.js";
import type { Devnet, Role } from "../devnet/devnet.js";
import { createCommitteeEvidence } from "../proposer/evidence.js";
import { interfaces } from "../shared/chain/contracts.js";
import { describeRevert } from "../shared/chain/reverts.js";
import { createRpc } from "../shared/chain/rpc.js";
import type { Receipt } from "../shared/chain/transactions.js";
import { registrationOf } from "../shared/mirror/registration.js";
import { createReader } from "../shared/reader/createReader.js";
import type { Stage } from "./stage.js";

const POLL_MS = 500;
/** Oldest state that plain calls to a replica are answered with. */
const MAX_AGE_SECONDS = 3_600;
/** Of the development accounts that both chains fund, those that the devnet sends nothing with. */
const PEOPLE = [5, 6, 7, 8];

/** Plays on a devnet, whose proposer is a process of its own, and lets real time pass. */
export async function openDevnetStage(
  devnet: Devnet,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Stage & { close(): void }> {
  const { manifest, source, destination } = devnet;
  await startProposer(devnet);
  const connect = (url: string, chainId: bigint): JsonRpcProvider =>
    new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1, pollingInterval: POLL_MS });
  const a = connect(source.url, manifest.sourceChainId);
  const b = connect(destination.url, manifest.destinationChainId);
  const reader = await createReader({
    deployment: manifest,
    destinationRpc: destination.url,
    sourceRpc: source.url,
    confirmations: 0,
    signal,
  });

  async function send(role: Role, to: string, data: string, label: string): Promise<Receipt> {
    const outcome = await devnet.sender(role).send({ to, data, label, key: label });
    if (outcome.kind === "confirmed") return outcome.receipt;
    throw new Error(
      `${label}: ${outcome.kind === "reverted" ? describeRevert(outcome.revert) : outcome.kind}`,
    );
  }
  const now = async (): Promise<number> => a.getBlockNumber();

  async function register(feed: bigint): Promise<void> {
    const view = await reader.protocol.sync();
    const entry = view.ledger.feeds.get(feed);
    if (entry === undefined) throw new Error(`there is no feed ${feed}`);
    const { calls } = await registrationOf(view, entry, { manifest, rpc: devnet.sourceRpc });
    for (const { to, data, label } of calls) await send("deployer", to, data, label);
  }

  return {
    a,
    b,
    deployment: manifest,
    reader,
    people: PEOPLE.map((index) => destination.accounts[index]?.address ?? ""),
    say,
    untilFinal: async () => reader.waitForFinal(await now(), { pollMs: POLL_MS, signal }),
    async attest(claim) {
      const rpc = createRpc({ urls: [destination.url], signal });
      const evidence = createCommitteeEvidence(manifest, rpc, devnet.committeeUrls);
      const shown = await evidence.evidenceFor(claim.number, claim.blockHash, signal);
      const data = interfaces.anchorCourt.encodeFunctionData("attest", [claim, shown]);
      await send("deployer", manifest.contracts.anchorCourt, data, "attest");
    },
    async mirror(account, isCallable = false) {
      const data = interfaces.feeds.encodeFunctionData("createReplica", [account, 0, 0, MAX_AGE_SECONDS, 0]);
      const { logs } = await send("deployer", manifest.contracts.feeds, data, `mirror ${account}`);
      const created = logs
        .map((log) => interfaces.feeds.parseLog({ topics: [...log.topics], data: log.data }))
        .find((event) => event?.name === "FeedCreated");
      const feed = created?.args["feed"] as bigint;
      await reader.feed(feed).waitFor(await now(), { pollMs: POLL_MS, signal });
      if (isCallable) await register(feed);
      return feed;
    },
    untilShown: async (feed) => reader.feed(feed).waitFor(await now(), { pollMs: POLL_MS, signal }),
    close() {
      reader.close();
      a.destroy();
      b.destroy();
    },
  };
}
