import { JsonRpcProvider, type Contract, type Wallet } from "ethers";
import { allInterfaces } from "../../shared/chain/contracts.js";
import { createReader } from "../../shared/reader/createReader.js";
import { registrationOf } from "../../shared/mirror/registration.js";
import { finalHead } from "../../shared/protocol/ledger.js";
import type { Stage } from "../../examples/stage.js";
import { send, startBot } from "../proposer/bot.js";
import { startDeployment } from "../support/deployment.js";

export interface TestStage extends Stage {
  readonly lines: readonly string[];
  /** Lets time pass on B. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

const ETHER = 10n ** 18n;
/** Looks that a proposer needs for anything at most. */
const PATIENCE = 12;

/** Two real nodes and a proposer in this process; time is not waited for but moved on. */
export async function startTestStage(): Promise<TestStage> {
  const chains = await startDeployment();
  const proposer = chains.wallets[1] as Wallet;
  await send(chains, proposer, "stake", "deposit", [proposer.address], 50n * ETHER);
  const bot = await startBot(chains, proposer);
  const connect = (url: string, chainId: bigint): JsonRpcProvider =>
    new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 20 });
  const a = connect(chains.sourceNode.url, chains.manifest.sourceChainId);
  const b = connect(chains.destinationNode.url, chains.manifest.destinationChainId);
  const reader = await createReader({
    deployment: chains.manifest,
    destinationRpc: chains.destinationNode.url,
    sourceRpc: chains.sourceNode.url,
    confirmations: 0,
  });
  const lines: string[] = [];
  const { claims, updates } = chains.parameters;
  const ledger = async () => (await reader.protocol.sync()).ledger;

  /** Lets the proposer work and the windows pass until something is so. */
  async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    for (let round = 0; round < PATIENCE; round++) {
      await chains.advance(0);
      await bot.settle();
      const found = await look();
      if (found !== undefined) return found;
      await chains.advance(
        round % 2 === 0 ? claims.windowSeconds + claims.graceSeconds + 1n : updates.windowSeconds + 1n,
      );
    }
    throw new Error(
      `waited in vain until ${what}; alerts: ${JSON.stringify(bot.alerts(), (_, v) => String(v))}`,
    );
  }
  /** A block that contains everything so far, and is not the one the last claim is about. */
  const markSource = async (): Promise<bigint> => {
    await chains.mineSource(2);
    return BigInt((await a.send("eth_blockNumber", [])) as string) - 1n;
  };

  const stage: TestStage = {
    a,
    b,
    deployment: chains.manifest,
    reader,
    people: chains.wallets.slice(5, 9).map(({ address }) => address),
    lines,
    say: (line) => void lines.push(line),
    pass: (seconds) => chains.advance(seconds),
    async untilFinal() {
      const block = await markSource();
      return until(`block ${block} is final`, async () => {
        const claim = finalHead(await ledger())?.claim;
        return claim !== undefined && claim.number >= block ? claim : undefined;
      });
    },
    async attest(claim) {
      const evidence = await chains.evidence(claim.number, claim.blockHash);
      await send(chains, proposer, "anchorCourt", "attest", [claim, evidence]);
    },
    async mirror(account, isCallable = false) {
      const creator = chains.wallets[5] as Wallet;
      await send(chains, creator, "feeds", "createReplica", [account, 0, 0, 86_400, 0]);
      const feed = [...(await ledger()).feeds.values()].at(-1);
      if (feed === undefined) throw new Error("no feed was created");
      await stage.untilShown(feed.feed);
      if (!isCallable) return feed.feed;
      const view = await reader.protocol.sync();
      const entry = view.ledger.feeds.get(feed.feed);
      if (entry === undefined) throw new Error("the feed is gone");
      const { calls } = await registrationOf(view, entry, {
        manifest: chains.manifest,
        rpc: chains.sourceRpc,
      });
      for (const { to, data, label } of calls) {
        const outcome = await chains.createSender(creator).send({ to, data, label, key: label });
        if (outcome.kind !== "confirmed") throw new Error(JSON.stringify(outcome, (_, v) => String(v)));
      }
      return feed.feed;
    },
    async untilShown(feed) {
      const block = await markSource();
      await until(`feed ${feed} shows block ${block}`, async () => {
        const [number] = await reader.protocol.call("feeds", "asOf", [feed]);
        return (number as bigint) >= block ? true : undefined;
      });
    },
    async close() {
      bot.kill();
      reader.close();
      a.destroy();
      b.destroy();
      await chains.close();
    },
  };
  return stage;
}

/** The name of the error that a call of one of the examples' contracts reverts with. */
export async function revertOf(
  contract: Contract,
  name: string,
  args: readonly unknown[],
  overrides: { value?: bigint } = {},
): Promise<string> {
  try {
    await contract.getFunction(name).staticCall(...args, overrides);
  } catch (error) {
    const { data } = error as { data?: string | null };
    if (typeof data !== "string") throw error;
    for (const known of [contract.interface, ...allInterfaces]) {
      const parsed = known.parseError(data);
      if (parsed !== null) return parsed.name;
    }
    throw error;
  }
  return "nothing";
}
