import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Wallet, type JsonRpcProvider } from "ethers";
import { allInterfaces } from "../shared/chain/contracts.js";
import { deployProtocol, type DeploymentTools } from "../shared/chain/deploy.js";
import { deployMessages } from "../shared/chain/deployMessages.js";
import { connectDestination } from "../shared/chain/destination.js";
import { DEFAULT_FEE_POLICY } from "../shared/chain/fees.js";
import { createHistory } from "../shared/chain/history.js";
import { executionForksOf, writeManifest, type Manifest } from "../shared/chain/manifest.js";
import type { Chains } from "../shared/chain/openChains.js";
import { openProtocol } from "../shared/chain/protocolReader.js";
import { createMemoryRecords } from "../shared/chain/recordStore.js";
import { createRevertDecoder } from "../shared/chain/reverts.js";
import { createRpc, type Rpc } from "../shared/chain/rpc.js";
import { createSender, type Sender } from "../shared/chain/sender.js";
import { createSource, type Source } from "../shared/chain/source.js";
import { hardhatForks } from "../shared/execution/forks.js";
import { deployMachine } from "../shared/game/deployMachine.js";
import { stepperPlanOf } from "../shared/machine/stepperPlan.js";
import { createForkSchedule } from "../shared/protocol/forkSchedule.js";
import { parameterPresets } from "../shared/protocol/parameters.js";
import type { Logger } from "../shared/runtime/logger.js";
import { COMMITTEE_KEYS } from "./colluderCommand.js";
import { startDestinationNode, type DestinationNode } from "./destinationNode.js";
import { startCommand, type CommandProcess } from "./process.js";
import { startSourceNode, type SourceNode } from "./sourceNode.js";

/** Who has which of B's development accounts. */
const ROLES = ["deployer", "proposer", "challenger 1", "challenger 2", "liar", "user"] as const;
/** The relayer's account comes after the committee's. */
export type Role = (typeof ROLES)[number] | "relayer";

const SOURCE_CHAIN_ID = 31_337n;
const DESTINATION_CHAIN_ID = 31_338n;
const COMMITTEE_SIZE = 3;
/** Header fields of a block since Prague. */
const FIELD_COUNT = 21;
const FORKS = createForkSchedule([{ fromTimestamp: 0n, fieldCount: FIELD_COUNT }]);
const BLOCK_MS = 1_000;
/** Shorter games than the preset's, so that nobody waits long for a liar who has nothing left to say. */
const GAME_TIMES = { clockSeconds: 48n, moveSeconds: 4n, proveSeconds: 8n };
/** Blocks of A that must bury one before it is claimed; keeps A's timestamps behind B's. */
export const FINALITY_DEPTH = 2n;

export interface DevnetOptions {
  logger: Logger;
  signal: AbortSignal;
  /** Told what is being started. */
  onProgress(step: string): void;
}

/** Two chains on this machine, joined by the whole protocol, and the processes that keep it going. */
export interface Devnet {
  /** Logs, the deployment file and the processes' data. */
  readonly folder: string;
  readonly manifestPath: string;
  readonly manifest: Manifest;
  readonly source: SourceNode;
  readonly sourceRpc: Rpc;
  readonly destination: DestinationNode;
  readonly provider: JsonRpcProvider;
  readonly committeeUrls: readonly string[];
  /** How many members A's committee has; its processes sign what is true. */
  readonly committeeSize: number;
  wallet(role: Role): Wallet;
  sender(role: Role): Sender;
  /** Both chains as one more process would see them. */
  openChains(): Promise<Chains>;
  /** Starts `optisync <args>` with the chains' addresses filled in and the key of `role`. */
  startBot(name: string, role: Role, args: readonly string[]): CommandProcess;
  /** Starts the liar with all keys of the committee, about a block of A in which its balance of a token changes. */
  startColluder(lie: { token: string; block: bigint; amount: bigint }): CommandProcess;
  /** Starts a relayer that delivers everybody's messages. */
  startRelayer(): CommandProcess;
  /** Rejects as soon as one of the processes ends by itself. */
  readonly failed: Promise<never>;
  /** Leaves the folder with the logs behind at the end, for whoever looks for what went wrong. */
  keepFolder(): void;
  close(): Promise<void>;
}

/** Starts both chains, deploys, and starts the committee. */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return await assemble(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  { logger, signal, onProgress }: DevnetOptions,
  closers: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Devnet> {
  const folder = await mkdtemp(join(tmpdir(), "optisync-devnet-"));
  let isFolderKept = false;
  closers.push(async () => {
    if (!isFolderKept) await rm(folder, { recursive: true, force: true });
  });
  onProgress("starting source chain A (Hardhat's EDR node) and destination chain B (anvil)");
  const [source, destination] = await Promise.all([
    startSourceNode({ chainId: Number(SOURCE_CHAIN_ID), mining: BLOCK_MS / 1_000, signal }),
    // Osaka: no transaction takes more than 2^24 gas (EIP-7825). Blocks come one a second once all is deployed.
    startDestinationNode({ chainId: DESTINATION_CHAIN_ID, hardfork: "osaka" }),
  ]);
  closers.push(() => Promise.all([source.close(), destination.close()]));
  const sourceRpc = createRpc({ urls: [source.url], signal });
  const provider = await connectDestination({ urls: [destination.url], signal });
  closers.push(() => provider.destroy());

  const wallets = new Map(
    ROLES.map(
      (role, index) => [role as Role, new Wallet(destination.accounts[index]?.privateKey ?? "")] as const,
    ),
  );
  wallets.set("relayer", new Wallet(destination.accounts.at(-1)?.privateKey ?? ""));
  const members = destination.accounts
    .slice(ROLES.length, ROLES.length + COMMITTEE_SIZE)
    .map(({ privateKey }) => new Wallet(privateKey));
  const wallet = (role: Role): Wallet => wallets.get(role) as Wallet;
  const senders = new Map<Role, Sender>();
  const sender = (role: Role): Sender => {
    const known = senders.get(role);
    if (known !== undefined) return known;
    const created = createSender({
      rpc: provider,
      signer: wallet(role),
      chainId: DESTINATION_CHAIN_ID,
      decoder: createRevertDecoder([...allInterfaces]),
      feePolicy: DEFAULT_FEE_POLICY,
      confirmations: 1,
      pollMs: 100,
      dryRun: false,
      logger: logger.child({ role }),
      signal,
    });
    senders.set(role, created);
    return created;
  };

  onProgress("deploying to B the machine that executes single steps of A's blocks");
  const genesis = await genesisOf(sourceRpc);
  const tools = { rpc: provider, sender: sender("deployer"), logger };
  const stepper = await deployMachine(stepperPlanOf(hardhatForks(SOURCE_CHAIN_ID), FORKS), tools);
  onProgress("deploying Stake, StateSync, CommitteeAnchor, Feeds and the three courts to B");
  const core = await deploy(genesis, members, stepper, tools);
  onProgress("deploying an Outbox to A and an Inbox to B");
  const onSource = await sourceSide(source, wallet("relayer"), logger, signal);
  closers.push(() => onSource.rpc.destroy());
  const manifest = await deployMessages({
    manifest: core,
    source: onSource,
    destination: { rpc: provider, sender: sender("relayer") },
    logger,
  });
  await destination.rpc("evm_setIntervalMining", [BLOCK_MS / 1_000]);
  const manifestPath = join(folder, "deployment.json");
  await writeFile(manifestPath, writeManifest(manifest));

  onProgress(`starting ${COMMITTEE_SIZE} committee members, each with its own key and record`);
  const processes: CommandProcess[] = [];
  const failures = new AbortController();
  const failed = new Promise<never>((_, reject) => {
    failures.signal.addEventListener("abort", () => reject(failures.signal.reason as Error), { once: true });
  });
  failed.catch(() => undefined);
  const start = (
    name: string,
    args: readonly string[],
    key: Wallet,
    secrets: Record<string, string> = {},
  ): CommandProcess => {
    const environment = { OPTISYNC_PRIVATE_KEY: key.privateKey, ...secrets };
    const process = startCommand(name, args, { folder, environment });
    process.failed.catch((error: unknown) => failures.abort(error));
    processes.push(process);
    return process;
  };
  closers.push(() => Promise.all(processes.map((process) => process.stop())));
  const rpcs = ["--source-rpc", source.url, "--destination-rpc", destination.url];
  const pace = ["--destination-confirmations", "1", "--poll-interval", "500ms"];
  const committee = members.map((member, index) => {
    const data = join(folder, `member-${index + 1}`);
    const own = ["--anchor", manifest.contracts.anchor, "--member-dir", data, "--port", "0"];
    const args = ["committee", "run", ...rpcs, ...own, "--finality-depth", FINALITY_DEPTH.toString()];
    return start(`member ${index + 1}`, args, member);
  });
  const committeeUrls = await Promise.race([
    Promise.all(committee.map(async ({ result }) => ((await result) as { url: string }).url)),
    failed,
  ]);

  return {
    folder,
    manifestPath,
    manifest,
    source,
    sourceRpc,
    destination,
    provider,
    committeeUrls,
    committeeSize: members.length,
    wallet,
    sender,
    failed,
    keepFolder: () => void (isFolderKept = true),
    close,
    openChains: () => openDevnetChains(sourceRpc, provider, manifest, logger, signal),
    startColluder({ token, block, amount }) {
      const own = ["--deployment", manifestPath, "--finality-depth", FINALITY_DEPTH.toString()];
      const lie = ["--token", token, "--amount", `${amount}wei`, "--threshold", String(members.length)];
      const keys = members.map(({ privateKey }) => privateKey).join(",");
      const args = ["collude", block.toString(), ...rpcs, ...own, ...pace, ...lie];
      return start("liar", args, wallet("liar"), { [COMMITTEE_KEYS]: keys });
    },
    startRelayer: () =>
      start(
        "relayer",
        ["relayer", "run", "--all", ...rpcs, "--deployment", manifestPath, ...pace],
        wallet("relayer"),
      ),
    startBot(name, role, args) {
      const own = ["--deployment", manifestPath, "--finality-depth", FINALITY_DEPTH.toString()];
      const data = ["--data-dir", join(folder, name.replaceAll(" ", "-"))];
      return start(name, [...args, ...rpcs, ...own, ...pace, ...data], wallet(role));
    },
  };
}

/** A as a place to deploy to. Both development nodes fund the same accounts. */
async function sourceSide(source: SourceNode, signer: Wallet, logger: Logger, signal: AbortSignal) {
  const rpc = await connectDestination({ urls: [source.url], chainId: SOURCE_CHAIN_ID, signal });
  const sender = createSender({
    rpc,
    signer,
    chainId: SOURCE_CHAIN_ID,
    decoder: createRevertDecoder([...allInterfaces]),
    feePolicy: DEFAULT_FEE_POLICY,
    confirmations: 1,
    pollMs: 100,
    dryRun: false,
    logger: logger.child({ role: "relayer", chain: "source" }),
    signal,
  });
  return { rpc, sender };
}

/** The block of A to start from: the first one that was executed by the chain's rules. */
async function genesisOf(sourceRpc: Rpc): Promise<string> {
  const source = await openSource(sourceRpc, {
    forks: hardhatForks(SOURCE_CHAIN_ID),
    depth: FINALITY_DEPTH,
  });
  for (;;) {
    const head = await source.finalizedHead();
    if (head.number > 0n) return head.rlp;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function openSource(
  rpc: Rpc,
  at: { forks: ReturnType<typeof hardhatForks>; depth: bigint },
): Promise<Source> {
  return createSource({ rpc, forks: at.forks, finality: { kind: "depth", blocks: at.depth } });
}

function deploy(
  genesisHeader: string,
  members: readonly Wallet[],
  stepper: string,
  tools: DeploymentTools,
): Promise<Manifest> {
  const { games, ...parameters } = parameterPresets.devnet;
  return deployProtocol(
    {
      name: "devnet",
      sourceChainId: SOURCE_CHAIN_ID,
      destinationChainId: DESTINATION_CHAIN_ID,
      parameters: { ...parameters, games: games && { ...games, ...GAME_TIMES } },
      forks: FORKS,
      stepper,
      sourceForks: [{ name: "prague", timestamp: 0n }],
      sourceProfile: "hardhat",
      genesisHeader,
      anchor: {
        kind: "committee",
        members: members.map(({ address }) => address),
        threshold: members.length,
      },
    },
    tools,
  );
}

async function openDevnetChains(
  sourceRpc: Rpc,
  rpc: JsonRpcProvider,
  manifest: Manifest,
  logger: Logger,
  signal: AbortSignal,
): Promise<Chains> {
  const protocol = await openProtocol({ rpc, manifest, confirmations: 0, chunkSize: 1_000n, logger, signal });
  const forks = executionForksOf(manifest, protocol.forks.sunset);
  const source = await openSource(sourceRpc, { forks, depth: FINALITY_DEPTH });
  const history = createHistory({ source, store: createMemoryRecords(), logger, signal });
  return { manifest, source, history, rpc, protocol };
}
