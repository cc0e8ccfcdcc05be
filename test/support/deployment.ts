import { Wallet, type JsonRpcProvider } from "ethers";
import { startDestinationNode, type DestinationNode } from "../../devnet/destinationNode.js";
import { startSourceNode, type SourceNode } from "../../devnet/sourceNode.js";
import { allInterfaces } from "../../shared/chain/contracts.js";
import { deployProtocol } from "../../shared/chain/deploy.js";
import { connectDestination } from "../../shared/chain/destination.js";
import { DEFAULT_FEE_POLICY } from "../../shared/chain/fees.js";
import { executionForksOf, type Manifest } from "../../shared/chain/manifest.js";
import { openProtocol, type ProtocolReader } from "../../shared/chain/protocolReader.js";
import { createRevertDecoder } from "../../shared/chain/reverts.js";
import { createRpc, type Rpc } from "../../shared/chain/rpc.js";
import { createSender, type Sender } from "../../shared/chain/sender.js";
import { createSource, type Source } from "../../shared/chain/source.js";
import { toBigint } from "../../shared/chain/transactions.js";
import type { ProfileName } from "../../shared/execution/chainProfile.js";
import { hardhatForks, type ExecutionForks } from "../../shared/execution/forks.js";
import {
  createAttestation,
  encodeCommitteeEvidence,
  signAttestation,
} from "../../shared/protocol/attestation.js";
import { createCommittee } from "../../shared/protocol/committee.js";
import { deployMachine } from "../../shared/game/deployMachine.js";
import { stepperPlanOf } from "../../shared/machine/stepperPlan.js";
import { createForkSchedule } from "../../shared/protocol/forkSchedule.js";
import { parameterPresets, type ProtocolParameters } from "../../shared/protocol/parameters.js";
import { silentLogger, type Logger } from "../../shared/runtime/logger.js";
import { deployToyStepper } from "./toyMachine.js";
import { DEVELOPER, type TestReceipt } from "./hardhatNode.js";

export interface DeploymentOptions {
  parameters?: ProtocolParameters;
  /** First timestamp of A that the deployment does not know. */
  sunset?: bigint;
  /** Adds an execution court that runs the toy machine with so many steps to a block. */
  toyLength?: bigint;
  /** Adds an execution court that runs the machine. */
  hasMachine?: boolean;
  logger?: Logger;
  /** A's rules and peculiarities, where A is no Hardhat node: then only B can be moved from here. */
  sourceRules?: { forks: ExecutionForks; profile: ProfileName };
  /** Chains that run already; new ones are started for those left out. All are closed with the deployment. */
  sourceNode?: SourceNode;
  destinationNode?: DestinationNode;
}

/** Both chains as real nodes with the whole protocol on B, anchored in a committee whose keys the test holds. */
export interface TestDeployment {
  readonly manifest: Manifest;
  readonly parameters: ProtocolParameters;
  readonly sourceNode: SourceNode;
  readonly sourceRpc: Rpc;
  readonly destinationNode: DestinationNode;
  /** B, through the connection that processes use. */
  readonly destination: JsonRpcProvider;
  /** Funded on B; none has a stake. Index 0 deployed the contracts. */
  readonly wallets: readonly Wallet[];
  readonly committee: readonly Wallet[];
  /** A verifying reader of A; every mined block is final unless told how deep it has to be. */
  openSource(rpc?: Rpc, depth?: bigint): Promise<Source>;
  /** A reader of the protocol that follows B's newest block. */
  openReader(signal?: AbortSignal): Promise<ProtocolReader>;
  createSender(wallet: Wallet, changes?: { signal?: AbortSignal; dryRun?: boolean; logger?: Logger }): Sender;
  /** Sends a transaction of A's development account; it is mined when this resolves. */
  sendToSource(transaction: {
    to?: string;
    data?: string;
    value?: string;
    gas?: string;
  }): Promise<TestReceipt>;
  /** Mines empty blocks on A, the first one `secondsAhead` later, and lets B's clock catch up. */
  mineSource(blocks?: number, secondsAhead?: number): Promise<void>;
  /** Lets time pass on B and mines a block, which also shows A's newest block as past. */
  advance(seconds: bigint | number): Promise<void>;
  /** Evidence by the whole committee that A's block has this hash, whether it is true or not. */
  readonly evidence: (number: bigint, blockHash: string) => Promise<string>;
  close(): Promise<void>;
}

const SOURCE_CHAIN_ID = 31_337n;
const DESTINATION_CHAIN_ID = 31_338n;
/** Header fields of a block since Prague. */
const FIELD_COUNT = 21;
const COMMITTEE_SIZE = 3;

export async function startDeployment(options: DeploymentOptions = {}): Promise<TestDeployment> {
  const logger = options.logger ?? silentLogger();
  const stop = new AbortController();
  const sourceNode = options.sourceNode ?? (await startSourceNode({ chainId: Number(SOURCE_CHAIN_ID) }));
  const destinationNode =
    options.destinationNode ?? (await startDestinationNode({ chainId: DESTINATION_CHAIN_ID }));
  const { chainId: sourceChainId } = sourceNode;
  const { chainId: destinationChainId } = destinationNode;
  // A computer that is busy with other tests may take its time.
  const destination = await connectDestination({ urls: [destinationNode.url], timeoutMs: 60_000 });
  const sourceRpc = createRpc({ urls: [sourceNode.url] });
  const rules = options.sourceRules ?? { forks: hardhatForks(sourceChainId), profile: "hardhat" as const };
  if (options.sourceRules === undefined) await sourceRpc.request("evm_mine", []);

  const wallets = destinationNode.accounts.map(({ privateKey }) => new Wallet(privateKey));
  const committee = Array.from(
    { length: COMMITTEE_SIZE },
    (_, i) => new Wallet(`0x${"00".repeat(31)}${i + 11}`),
  );
  const { games, ...others } = options.parameters ?? parameterPresets.devnet;
  const hasCourt = options.toyLength !== undefined || options.hasMachine === true;
  const parameters = hasCourt ? { ...others, games } : others;

  const createTestSender: TestDeployment["createSender"] = (wallet, changes = {}) =>
    createSender({
      rpc: destination,
      signer: wallet,
      chainId: destinationChainId,
      decoder: createRevertDecoder(allInterfaces),
      feePolicy: DEFAULT_FEE_POLICY,
      confirmations: 1,
      pollMs: 15,
      dryRun: changes.dryRun ?? false,
      logger: changes.logger ?? logger,
      signal: changes.signal ?? stop.signal,
    });

  const genesis = await (
    await createSource({
      rpc: sourceRpc,
      forks: rules.forks,
      finality: { kind: "depth", blocks: 0n },
    })
  ).latestHead();
  await catchUp(sourceRpc, destinationNode);
  const forks = createForkSchedule([{ fromTimestamp: 0n, fieldCount: FIELD_COUNT }], options.sunset);
  const sender = createTestSender(wallets[0] as Wallet);
  const tools = { rpc: destination, sender, logger };
  let stepper: string | undefined;
  if (options.toyLength !== undefined) stepper = await deployToyStepper(sender, options.toyLength, forks);
  if (options.hasMachine === true) stepper = await deployMachine(stepperPlanOf(rules.forks, forks), tools);
  const manifest = await deployProtocol(
    {
      name: "test",
      sourceChainId,
      destinationChainId,
      parameters,
      forks,
      stepper,
      sourceForks: options.sourceRules?.forks.forks.slice(-1) ?? [{ name: "prague", timestamp: 0n }],
      sourceProfile: rules.profile,
      genesisHeader: genesis.rlp,
      anchor: {
        kind: "committee",
        members: committee.map(({ address }) => address),
        threshold: COMMITTEE_SIZE,
      },
    },
    tools,
  );

  return {
    manifest,
    parameters,
    sourceNode,
    sourceRpc,
    destinationNode,
    destination,
    wallets,
    committee,
    openSource: (rpc = sourceRpc, depth = 0n) =>
      createSource({
        rpc,
        forks: executionForksOf(manifest, options.sunset ?? 2n ** 64n - 1n),
        finality: { kind: "depth", blocks: depth },
      }),
    openReader: (signal = stop.signal) =>
      openProtocol({ rpc: destination, manifest, confirmations: 0, chunkSize: 1_000n, logger, signal }),
    createSender: createTestSender,
    async sendToSource(transaction) {
      const hash = await sourceRpc.request("eth_sendTransaction", [{ from: DEVELOPER, ...transaction }]);
      await catchUp(sourceRpc, destinationNode);
      return (await sourceRpc.request("eth_getTransactionReceipt", [hash])) as TestReceipt;
    },
    async mineSource(blocks = 1, secondsAhead = 0) {
      if (secondsAhead > 0) await sourceRpc.request("evm_increaseTime", [secondsAhead]);
      for (let i = 0; i < blocks; i++) await sourceRpc.request("evm_mine", []);
      await catchUp(sourceRpc, destinationNode);
    },
    async advance(seconds) {
      await destinationNode.mine(1, Number(seconds));
      await catchUp(sourceRpc, destinationNode);
    },
    evidence: (number, blockHash) =>
      signEvidence(manifest, parameters, committee, destinationNode, number, blockHash),
    async close() {
      stop.abort();
      destination.destroy();
      await Promise.all([sourceNode.close(), destinationNode.close()]);
    },
  };
}

/** Blocks of A that were mined faster than time went by lie in B's future, where no contract would accept them. */
async function catchUp(sourceRpc: Rpc, destinationNode: DestinationNode): Promise<void> {
  const ahead = (await timestampOf(sourceRpc)) - (await destinationTime(destinationNode));
  if (ahead > 0n) await destinationNode.mine(1, Number(ahead) + 1);
}

async function timestampOf(rpc: Rpc): Promise<bigint> {
  const block = (await rpc.request("eth_getBlockByNumber", ["latest", false])) as { timestamp: string };
  return toBigint(block.timestamp, "timestamp");
}

async function destinationTime(node: DestinationNode): Promise<bigint> {
  const block = await node.rpc<{ timestamp: string }>("eth_getBlockByNumber", ["latest", false]);
  return toBigint(block.timestamp, "timestamp");
}

async function signEvidence(
  manifest: Manifest,
  { claims, demands }: ProtocolParameters,
  committee: readonly Wallet[],
  node: DestinationNode,
  number: bigint,
  blockHash: string,
): Promise<string> {
  const identity = { destinationChainId: manifest.destinationChainId, anchor: manifest.contracts.anchor };
  const validUntil = (await destinationTime(node)) + 2n * (claims.windowSeconds + demands.answerSeconds);
  const attestation = createAttestation({
    sourceChainId: manifest.sourceChainId,
    number,
    blockHash,
    validUntil,
  });
  const signatures = await Promise.all(
    committee.map(async (member) => ({
      signer: member.address,
      signature: await signAttestation(member, identity, attestation),
    })),
  );
  const members = createCommittee(committee.map(({ address }) => address));
  return encodeCommitteeEvidence({ epoch: 0n, validUntil, committee: members, signatures });
}
