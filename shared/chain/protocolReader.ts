import { toQuantity } from "ethers";
import { unpackForkSchedule, type ForkSchedule } from "../protocol/forkSchedule.js";
import { readLedger, type Ledger } from "../protocol/ledger.js";
import type { ProtocolParameters } from "../protocol/parameters.js";
import { OptisyncError, isOptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { allInterfaces, interfaceOf } from "./contracts.js";
import { createEventLog, type ChainEvent, type EventLog } from "./events.js";
import { addressOf, type Manifest, type ManifestContract } from "./manifest.js";
import { createRevertDecoder, describeRevert } from "./reverts.js";
import { type Head, type JsonRpc } from "./transactions.js";

/** B as of one confirmed block. */
export interface DestinationView {
  readonly head: Head;
  readonly ledger: Ledger;
  /** All events the ledger was computed from. */
  readonly events: readonly ChainEvent[];
  /** The protocol's clock at that block, seconds. */
  readonly clock: bigint;
}

/** Reads the protocol's state from B, anew from the chain every time it moved. */
export interface ProtocolReader {
  readonly manifest: Manifest;
  readonly parameters: ProtocolParameters;
  readonly forks: ForkSchedule;
  /** Reads everything up to the newest confirmed block. */
  sync(): Promise<DestinationView>;
  /**
   * Calls a view function of a contract, at the newest block unless told otherwise.
   * @throws OptisyncError `CallReverted` (skip) with the decoded error; `DeploymentMissing` (halt).
   */
  call(
    contract: ManifestContract,
    name: string,
    args: readonly unknown[],
    block?: bigint,
  ): Promise<unknown[]>;
}

export interface ProtocolReaderOptions {
  rpc: JsonRpc;
  manifest: Manifest;
  confirmations: number;
  /** Most blocks of B asked for at once. */
  chunkSize: bigint;
  logger: Logger;
  signal: AbortSignal;
}

const FOLLOWED: readonly ManifestContract[] = [
  "stake",
  "stateSync",
  "anchorCourt",
  "feeds",
  "deltaCourt",
  "slotFeeds",
];

function followed({ execution, messages }: Manifest): readonly ManifestContract[] {
  return [
    ...FOLLOWED,
    ...(execution === undefined ? [] : (["executionCourt"] as const)),
    ...(messages === undefined ? [] : (["inbox"] as const)),
  ];
}

/**
 * Opens a deployment on B.
 * @throws OptisyncError `DeploymentMissing` (halt) if there is no such contract at the address in the manifest.
 */
export async function openProtocol(options: ProtocolReaderOptions): Promise<ProtocolReader> {
  const { rpc, manifest, logger, signal } = options;
  const log = createEventLog({
    rpc,
    contracts: followed(manifest).map((name) => ({
      name,
      address: addressOf(manifest, name),
      abi: interfaceOf(manifest, name),
    })),
    fromBlock: manifest.deployedInBlock,
    confirmations: options.confirmations,
    chunkSize: options.chunkSize,
    logger,
    signal,
  });
  const call = (contract: ManifestContract, name: string, args: readonly unknown[], block?: bigint) =>
    callContract(rpc, manifest, contract, name, args, block);
  const { parameters, forks } = await readParameters(call, manifest);
  // The contracts were there: a node that does not know them any more is behind, which passes.
  const callLater: ContractCall = (...args) =>
    call(...args).catch((error: unknown) => {
      if (!isOptisyncError(error, "DeploymentMissing")) throw error;
      const { message, details } = error;
      throw new OptisyncError("DestinationBehind", message, { action: "retry", details, cause: error });
    });
  return new ChainReader(manifest, parameters, forks, log, callLater);
}

type ContractCall = ProtocolReader["call"];

class ChainReader implements ProtocolReader {
  readonly manifest: Manifest;
  readonly parameters: ProtocolParameters;
  readonly forks: ForkSchedule;
  readonly call: ContractCall;
  readonly #log: EventLog;
  #last: DestinationView | undefined;

  constructor(
    manifest: Manifest,
    parameters: ProtocolParameters,
    forks: ForkSchedule,
    log: EventLog,
    call: ContractCall,
  ) {
    this.manifest = manifest;
    this.parameters = parameters;
    this.forks = forks;
    this.call = call;
    this.#log = log;
  }

  async sync(): Promise<DestinationView> {
    const { head, events, dropped, added } = await this.#log.sync();
    const last = this.#last;
    if (last?.head.hash === head.hash) return last;
    const [clock] = await this.call("stateSync", "clock", [], head.number);
    // Most blocks of B have no event of the protocol, and the ledger is a function of the events.
    const ledger = last !== undefined && dropped + added === 0 ? last.ledger : readLedger(events);
    this.#last = { head, events, ledger, clock: clock as bigint };
    return this.#last;
  }
}

const decoder = createRevertDecoder([...allInterfaces]);

async function callContract(
  rpc: JsonRpc,
  manifest: Manifest,
  contract: ManifestContract,
  name: string,
  args: readonly unknown[],
  block?: bigint,
): Promise<unknown[]> {
  const abi = interfaceOf(manifest, contract);
  const to = addressOf(manifest, contract);
  const at = block === undefined ? "latest" : toQuantity(block);
  const request = { to, data: abi.encodeFunctionData(name, [...args]) };
  const answer = await rpc.send("eth_call", [request, at]).catch((error: unknown) => {
    const revert = decoder.fromError(error);
    if (revert === undefined) throw error;
    throw new OptisyncError("CallReverted", `${contract}.${name}: ${describeRevert(revert)}`, {
      action: "skip",
      details: { contract, function: name, revert },
      cause: error,
    });
  });
  if (typeof answer !== "string" || answer === "0x") {
    throw new OptisyncError("DeploymentMissing", `there is no ${contract} at ${to}`, {
      action: "halt",
      details: { contract, address: to, function: name },
    });
  }
  return abi.decodeFunctionResult(name, answer).toArray() as unknown[];
}

async function readParameters(
  call: ContractCall,
  { execution }: Manifest,
): Promise<{ parameters: ProtocolParameters; forks: ForkSchedule }> {
  const record = async (contract: ManifestContract): Promise<Record<string, unknown>> =>
    (await call(contract, "parameters", []))[0] as Record<string, unknown>;
  const [claims, demands, updates] = [
    await record("stateSync"),
    await record("anchorCourt"),
    await record("feeds"),
  ];
  const games = execution === undefined ? undefined : await record("executionCourt");
  const assumptions = claims["assumptions"] as Record<string, bigint>;
  const read = (from: Record<string, unknown>, name: string): bigint => from[name] as bigint;
  return {
    forks: unpackForkSchedule(read(claims, "forks")),
    parameters: {
      claims: {
        windowSeconds: read(claims, "window"),
        graceSeconds: read(claims, "grace"),
        bondWei: read(claims, "bond"),
        maxSpan: read(claims, "maxSpan"),
        guardian: claims["guardian"] as string,
        guardianBudgetSeconds: read(claims, "guardianBudget"),
      },
      demands: { answerSeconds: read(demands, "answerTime"), bondWei: read(demands, "bond") },
      updates: {
        windowSeconds: read(updates, "window"),
        bondWei: read(updates, "bond"),
        maxRootAgeSeconds: read(updates, "maxRootAge"),
        rootShareBps: read(updates, "rootShareBps"),
      },
      ...(games === undefined
        ? {}
        : {
            games: {
              clockSeconds: read(games, "clock"),
              moveSeconds: read(games, "moveTime"),
              proveSeconds: read(games, "proveTime"),
              bondWei: read(games, "bond"),
              gasCover: read(games, "gasCover"),
            },
          }),
      assumptions: {
        censorshipSeconds: read(assumptions, "censorship"),
        reactionSeconds: read(assumptions, "reaction"),
        skewSeconds: read(assumptions, "skew"),
        gasPriceWei: read(assumptions, "gasPrice"),
      },
    },
  };
}
