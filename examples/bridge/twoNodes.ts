import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonRpcProvider } from "ethers";
import { HDNodeWallet, Wallet } from "ethers";
import { startCommand } from "../../devnet/process.js";
import { startSourceNode, type SourceNode } from "../../devnet/sourceNode.js";
import { allInterfaces } from "../../shared/chain/contracts.js";
import { deployProtocol } from "../../shared/chain/deploy.js";
import { deployMessages } from "../../shared/chain/deployMessages.js";
import { connectDestination } from "../../shared/chain/destination.js";
import { DEFAULT_FEE_POLICY } from "../../shared/chain/fees.js";
import { writeManifest, type Manifest } from "../../shared/chain/manifest.js";
import { createRevertDecoder } from "../../shared/chain/reverts.js";
import { createRpc } from "../../shared/chain/rpc.js";
import { createSender, type Sender } from "../../shared/chain/sender.js";
import { createSource, type Source } from "../../shared/chain/source.js";
import { hardhatForks } from "../../shared/execution/forks.js";
import { createForkSchedule } from "../../shared/protocol/forkSchedule.js";
import { parameterPresets } from "../../shared/protocol/parameters.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { sleep } from "../../shared/runtime/shutdown.js";
import type { BridgeStage } from "./stage.js";
import { openWay } from "./way.js";

const CHAIN_A = 31_337n;
const CHAIN_B = 31_338n;
const POLL_MS = 300;
const FINALITY_DEPTH = 2n;
/** Header fields of a block since Prague. */
const FIELD_COUNT = 21;
/** Hardhat's published development phrase; its accounts are funded on every Hardhat node. Never use it elsewhere. */
const PHRASE = "test test test test test test test test test test test junk";
const [PERSON, CLAIMANT, RELAYER, MEMBER] = [0, 1, 2, 3];

/** One of the two chains. */
interface Side {
  readonly node: SourceNode;
  readonly rpc: JsonRpcProvider;
  /** As the other one sees it. */
  readonly source: Source;
  readonly sender: Sender;
}

/**
 * Two Hardhat nodes, each the source of one deployment and the destination of another. Nobody watches, and claims are
 * made by hand: on real chains each way needs its own proposer and challengers. (The devnet's B is an anvil, whose state
 * is not Ethereum's, so that nothing of it can be proven.)
 */
export async function openTwoNodes(
  say: (line: string) => void,
  signal: AbortSignal,
  onClose: (close: () => unknown) => void,
): Promise<BridgeStage> {
  const folder = await mkdtemp(join(tmpdir(), "optisync-bridge-"));
  onClose(() => rm(folder, { recursive: true, force: true }));
  say("starting two Hardhat nodes");
  const [a, b] = await Promise.all([startSide(CHAIN_A, signal), startSide(CHAIN_B, signal)]);
  for (const { node, rpc } of [a, b]) onClose(async () => (rpc.destroy(), await node.close()));

  async function connectWay(name: string, from: Side, to: Side) {
    say(`deploying the way ${name}`);
    const manifest = await deployWay(name, from, to);
    const path = join(folder, `${name}.json`);
    await writeFile(path, writeManifest(manifest));
    const rpcs = ["--source-rpc", from.node.url, "--destination-rpc", to.node.url];
    const pace = ["--destination-confirmations", "1", "--poll-interval", "500ms"];
    const relayer = startCommand(
      `relayer ${name}`,
      ["relayer", "run", "--all", ...rpcs, "--deployment", path, ...pace],
      { folder, environment: { OPTISYNC_PRIVATE_KEY: walletAt(RELAYER).privateKey } },
    );
    onClose(() => relayer.stop());
    return openWay({ manifest, from, to, failed: relayer.failed, signal });
  }
  const forth = await connectWay("forth", a, b);
  const back = await connectWay("back", b, a);
  return { a: a.rpc, b: b.rpc, forth, back, person: walletAt(PERSON).address, say };
}

async function startSide(chainId: bigint, signal: AbortSignal): Promise<Side> {
  const node = await startSourceNode({ chainId: Number(chainId), mining: 1, signal });
  const rpc = await connectDestination({ urls: [node.url], chainId, signal });
  rpc.pollingInterval = POLL_MS;
  const source = await createSource({
    rpc: createRpc({ urls: [node.url], signal }),
    forks: hardhatForks(chainId),
    finality: { kind: "depth", blocks: FINALITY_DEPTH },
  });
  const sender = createSender({
    rpc,
    signer: walletAt(CLAIMANT),
    chainId,
    decoder: createRevertDecoder([...allInterfaces]),
    feePolicy: DEFAULT_FEE_POLICY,
    confirmations: 1,
    pollMs: 100,
    dryRun: false,
    logger: silentLogger(),
    signal,
  });
  return { node, rpc, source, sender };
}

async function deployWay(name: string, from: Side, to: Side): Promise<Manifest> {
  const logger = silentLogger();
  const { games: _, ...parameters } = parameterPresets.devnet;
  let genesis = await from.source.finalizedHead();
  for (; genesis.number === 0n; genesis = await from.source.finalizedHead()) await sleep(POLL_MS);
  const manifest = await deployProtocol(
    {
      name,
      sourceChainId: from.source.chainId,
      destinationChainId: to.source.chainId,
      parameters,
      forks: createForkSchedule([{ fromTimestamp: 0n, fieldCount: FIELD_COUNT }]),
      sourceForks: [{ name: "prague", timestamp: 0n }],
      sourceProfile: "hardhat",
      genesisHeader: genesis.rlp,
      anchor: { kind: "committee", members: [walletAt(MEMBER).address], threshold: 1 },
    },
    { rpc: to.rpc, sender: to.sender, logger },
  );
  return deployMessages({ manifest, source: from, destination: to, logger });
}

function walletAt(index: number | undefined): Wallet {
  const { privateKey } = HDNodeWallet.fromPhrase(PHRASE, undefined, `m/44'/60'/0'/0/${index}`);
  return new Wallet(privateKey);
}
