import PQueue from "p-queue";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { sleep } from "../runtime/shutdown.js";
import { firstBid, feeCapWei, readMarket, remainingSeconds, type FeePolicy } from "./fees.js";
import { createFlight, nearest, type Flight, type SendOutcome } from "./flight.js";
import { describeRevert, type RevertDecoder } from "./reverts.js";
import { simulate, type Call } from "./simulation.js";
import { createTracker, type Tracker } from "./tracker.js";
import { readHead, readNonce, toBigint, type JsonRpc } from "./transactions.js";

export interface SendRequest extends Call {
  /** Unix seconds on B. The fee cap rises as it nears. */
  deadline?: bigint;
  /** What it does, for logs: "propose", "slash". */
  label: string;
  /** Makes the request idempotent: while one with this key is on its way, another send gets the same outcome. */
  key: string;
}

/** Anything that can sign for one address; ethers' wallets can. */
export interface TransactionSigner {
  readonly address: string;
  signTransaction(transaction: Record<string, unknown>): Promise<string>;
}

export interface SenderOptions {
  rpc: JsonRpc;
  signer: TransactionSigner;
  chainId: bigint;
  decoder: RevertDecoder;
  feePolicy: FeePolicy;
  /** In how many blocks, its own included, a transaction must be buried before it counts. */
  confirmations: number;
  /** How often B is asked about what is on its way. */
  pollMs: number;
  /** Simulate and log, but never sign or send. */
  dryRun: boolean;
  logger: Logger;
  signal: AbortSignal;
}

/**
 * The one sender of transactions of a key in a process. Nothing that fails its simulation is sent. It keeps no state
 * on disk: nonces found pending at start are taken over and waited for, or replaced, before anything new is sent.
 */
export interface Sender {
  readonly address: string;
  /**
   * Sends and waits until the transaction is confirmed, or known never to be.
   *
   * @throws OptisyncError `BalanceTooLow`, `TransactionRefused` (retry), or whatever the provider throws; an
   * AbortError when the process stops first (the transaction may still be mined; the next start takes it over).
   */
  send(request: SendRequest): Promise<SendOutcome>;
  /**
   * Waits for what an earlier run of this key left in the pool; `send` does so by itself. For whoever first looks at what is
   * there already.
   * @param deadline unix seconds on B, as of a request
   */
  ready(deadline?: bigint): Promise<void>;
  /** The nonces on their way, lowest first. */
  pending(): readonly { nonce: number; label: string; hash: string | undefined }[];
}

export function createSender(options: SenderOptions): Sender {
  return new SerialSender(options);
}

/** Losing the race for a nonce this often in a row means that another instance uses the same key heavily. */
const MAX_NONCE_RACES = 10;

const SIMULATIONS_AT_ONCE = 16;

/** The gas limit of a request that passes, or the outcome of one that does not. */
type Passing = bigint | Extract<SendOutcome, { kind: "reverted" }>;

class SerialSender implements Sender {
  readonly address: string;
  readonly #options: SenderOptions;
  readonly #tracker: Tracker;
  readonly #byKey = new Map<string, Promise<SendOutcome>>();
  /** Hundreds of requests may come at once, and the node has others to serve. */
  readonly #simulations = new PQueue({ concurrency: SIMULATIONS_AT_ONCE });
  /** Taking a nonce, signing and broadcasting is one indivisible act. */
  readonly #serial = new PQueue({ concurrency: 1 });
  #takenOver: Promise<void> | undefined;
  /** The nearest deadline of the requests that wait for the take-over. */
  #waitingDeadline: bigint | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.address = options.signer.address;
    this.#tracker = createTracker(options, this.#serial);
  }

  send(request: SendRequest): Promise<SendOutcome> {
    const running = this.#byKey.get(request.key);
    if (running !== undefined) return running;
    const outcome = this.#run(request).finally(() => this.#byKey.delete(request.key));
    this.#byKey.set(request.key, outcome);
    return outcome;
  }

  pending(): readonly { nonce: number; label: string; hash: string | undefined }[] {
    return this.#tracker
      .flights()
      .map(({ nonce, label, attempts }) => ({ nonce, label, hash: attempts.at(-1)?.hash }));
  }

  async #run(request: SendRequest): Promise<SendOutcome> {
    const { logger, signal, dryRun, pollMs } = this.#options;
    const { label, key } = request;
    await this.ready(request.deadline);
    let saidExpensive = false;
    for (let races = 0; ;) {
      signal.throwIfAborted();
      const priority = priorityOf(request);
      const gasLimit = (await this.#simulations.add(() => this.#requirePassing(request), {
        priority,
      })) as Passing;
      if (typeof gasLimit !== "bigint") {
        logger.info(
          { label, key, revert: describeRevert(gasLimit.revert) },
          "simulation reverted, nothing sent",
        );
        return gasLimit;
      }
      if (dryRun) {
        logger.info({ label, key, to: request.to, gasLimit }, "dry run: transaction not sent");
        return { kind: "dryRun", gasLimit };
      }
      const opened = await this.#serial.add(() => this.#open(request, gasLimit), { priority });
      if (opened === "tooExpensive") {
        if (!saidExpensive) logger.warn({ label, key }, "fees above the cap, transaction held back");
        saidExpensive = true;
      } else if (opened === "nonceTaken") {
        if (++races >= MAX_NONCE_RACES) {
          throw new OptisyncError("NonceContested", `${this.address} is used by another sender`, {
            action: "retry",
            details: { address: this.address, label },
          });
        }
        logger.info({ label, key, races }, "nonce was taken by another sender, derived anew");
      } else if (opened !== undefined) {
        return opened.outcome;
      }
      await sleep(pollMs, signal);
    }
  }

  /** The gas limit of a request that passes, or the outcome of one that reverts. */
  async #requirePassing(request: SendRequest): Promise<Passing> {
    const { rpc, decoder } = this.#options;
    const [head, balance] = await Promise.all([readHead(rpc), this.#balance()]);
    // A node answers a call it cannot pay the value of with an error that says nothing about the contract.
    this.#requireBalance(balance, request.value ?? 0n, request.label);
    const simulation = await simulate(rpc, decoder, this.address, request, head.gasLimit);
    return simulation.kind === "passes"
      ? simulation.gasLimit
      : { kind: "reverted", revert: simulation.revert };
  }

  async #open(request: SendRequest, gasLimit: bigint): Promise<Flight | "tooExpensive" | "nonceTaken"> {
    const { rpc, feePolicy } = this.#options;
    const [head, balance, minedNonce, pendingNonce] = await Promise.all([
      readHead(rpc),
      this.#balance(),
      readNonce(rpc, this.address, "latest"),
      readNonce(rpc, this.address, "pending"),
    ]);
    const cap = feeCapWei(feePolicy, remainingSeconds(request.deadline, head));
    const bid = firstBid(feePolicy, await readMarket(rpc, head), cap);
    if (bid === undefined) return "tooExpensive";
    const committed = this.#tracker.committedWei(minedNonce);
    this.#requireBalance(
      balance,
      committed + (request.value ?? 0n) + gasLimit * bid.maxFeePerGas,
      request.label,
    );

    const highest = this.#tracker.flights().at(-1)?.nonce ?? -1;
    const nonce = Math.max(pendingNonce, highest + 1);
    const flight = createFlight({
      nonce,
      label: request.label,
      call: request,
      deadline: request.deadline,
      gasLimit,
    });
    const result = await this.#tracker.transmit(flight, bid, false);
    if (result === "nonceUsed" || result === "underpriced") return "nonceTaken";
    this.#tracker.hasten(request.deadline);
    this.#tracker.follow(flight);
    return flight;
  }

  async #balance(): Promise<bigint> {
    return toBigint(await this.#options.rpc.send("eth_getBalance", [this.address, "latest"]), "balance");
  }

  #requireBalance(available: bigint, required: bigint, label: string): void {
    if (available >= required) return;
    throw new OptisyncError(
      "BalanceTooLow",
      `${this.address} has ${available} wei, ${label} may need up to ${required} wei`,
      {
        action: "retry",
        details: { address: this.address, availableWei: available, requiredWei: required, label },
      },
    );
  }

  /** Without this the same action would go out twice. */
  async ready(deadline?: bigint): Promise<void> {
    if (this.#options.dryRun) return;
    this.#waitingDeadline = nearest(this.#waitingDeadline, deadline);
    this.#tracker.hasten(this.#waitingDeadline);
    this.#takenOver ??= this.#takeOver();
    try {
      await this.#takenOver;
    } catch (error) {
      this.#takenOver = undefined;
      throw error;
    }
    this.#waitingDeadline = undefined;
  }

  async #takeOver(): Promise<void> {
    const { rpc, logger } = this.#options;
    const [mined, known] = await Promise.all([
      readNonce(rpc, this.address, "latest"),
      readNonce(rpc, this.address, "pending"),
    ]);
    if (known <= mined) return;
    logger.info({ from: mined, count: known - mined }, "pending transactions of an earlier run taken over");
    const flights: Flight[] = [];
    for (let nonce = mined; nonce < known; nonce++) {
      const flight = createFlight({
        nonce,
        label: "taken over",
        call: undefined,
        deadline: this.#waitingDeadline,
        gasLimit: 21_000n,
      });
      flight.lastSentAtMs = Date.now();
      flights.push(flight);
      this.#tracker.follow(flight);
    }
    await Promise.all(flights.map((flight) => flight.outcome));
  }
}

/** For queues, where the higher number comes first: the nearest deadline, and those without one last. */
function priorityOf({ deadline }: SendRequest): number {
  return deadline === undefined ? -Number.MAX_SAFE_INTEGER : -Number(deadline);
}
