import { keccak256 } from "ethers";
import PQueue from "p-queue";
import { isAbort } from "../runtime/errors.js";
import { sleep } from "../runtime/shutdown.js";
import { feeCapWei, firstBid, raisedBid, readMarket, remainingSeconds, type Bid } from "./fees.js";
import { nearest, type Attempt, type Flight } from "./flight.js";
import { describeRevert } from "./reverts.js";
import type { SenderOptions } from "./sender.js";
import { explainFailure, simulate } from "./simulation.js";
import * as transactions from "./transactions.js";
import type { BroadcastResult, Head, Receipt } from "./transactions.js";

/** Follows every nonce on its way until it is confirmed: raises bids, sends again what was dropped, gives up nonces. */
export interface Tracker {
  /** Lowest nonce first. */
  flights(): readonly Flight[];
  /** What all flights that are not mined yet may still cost together; `minedNonce` is the next nonce at the head. */
  committedWei(minedNonce: number): bigint;
  /** Something with this deadline waits behind all flights: they must not be slower than it may be. */
  hasten(deadline: bigint | undefined): void;
  /** Signs and broadcasts one version of a flight. */
  transmit(flight: Flight, bid: Bid, isCancellation: boolean): Promise<BroadcastResult>;
  follow(flight: Flight): void;
}

export function createTracker(options: SenderOptions, serial: PQueue): Tracker {
  return new PollingTracker(options, serial);
}

/** What the chain says about the sender at one moment. */
interface View {
  head: Head;
  /** The next nonce at the head. */
  nonce: number;
  /** The next nonce in the newest block that has all confirmations. */
  confirmedNonce: number;
  /** The lowest nonce on its way. */
  lowest: number;
}

const LOOKS_AT_ONCE = 16;
/** So many nonces, the next to be mined, are looked for in the node's pool at every poll; those behind when their bids are due. */
const POOL_AHEAD = 16;

class PollingTracker implements Tracker {
  readonly #options: SenderOptions;
  readonly #serial: PQueue;
  readonly #flights = new Map<number, Flight>();
  #isRunning = false;

  constructor(options: SenderOptions, serial: PQueue) {
    this.#options = options;
    this.#serial = serial;
  }

  flights(): readonly Flight[] {
    return [...this.#flights.values()].sort((a, b) => a.nonce - b.nonce);
  }

  committedWei(minedNonce: number): bigint {
    let sum = 0n;
    for (const { nonce, attempts, call } of this.#flights.values()) {
      const last = attempts.at(-1);
      if (last === undefined || nonce < minedNonce) continue;
      sum += (call?.value ?? 0n) + last.gasLimit * last.bid.maxFeePerGas;
    }
    return sum;
  }

  hasten(deadline: bigint | undefined): void {
    for (const flight of this.#flights.values()) flight.deadline = nearest(flight.deadline, deadline);
  }

  follow(flight: Flight): void {
    this.#flights.set(flight.nonce, flight);
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async transmit(flight: Flight, bid: Bid, isCancellation: boolean): Promise<BroadcastResult> {
    const { rpc, logger } = this.#options;
    const attempt = await this.#sign(flight, bid, isCancellation);
    const result = await transactions.broadcast(rpc, attempt.raw);
    flight.lastSentAtMs = Date.now();
    if (result === "accepted" || result === "uncertain") {
      flight.attempts.push(attempt);
      flight.floor = bid;
      const { label, nonce } = flight;
      logger.info({ label, nonce, hash: attempt.hash, ...bid, isCancellation, result }, "transaction sent");
    } else if (result === "underpriced") {
      flight.floor = bid;
    }
    return result;
  }

  async #sign(flight: Flight, bid: Bid, isCancellation: boolean): Promise<Attempt> {
    const { signer, chainId } = this.#options;
    const gasLimit = isCancellation ? 21_000n : flight.gasLimit;
    const raw = await signer.signTransaction({
      ...(bid.isLegacy
        ? { type: 0, gasPrice: bid.maxFeePerGas }
        : { type: 2, maxFeePerGas: bid.maxFeePerGas, maxPriorityFeePerGas: bid.maxPriorityFeePerGas }),
      chainId,
      nonce: flight.nonce,
      gasLimit,
      to: isCancellation ? signer.address : (flight.call?.to ?? null),
      data: isCancellation ? "0x" : (flight.call?.data ?? "0x"),
      value: isCancellation ? 0n : (flight.call?.value ?? 0n),
    });
    return { hash: keccak256(raw), raw, bid, gasLimit, isCancellation };
  }

  async #run(): Promise<void> {
    const { signal, pollMs, logger } = this.#options;
    while (this.#flights.size > 0 && !signal.aborted) {
      try {
        await this.#poll();
      } catch (error) {
        if (!isAbort(error)) logger.warn({ error }, "transactions on their way not checked");
      }
      await sleep(pollMs, signal).catch(() => undefined);
    }
    this.#isRunning = false;
    if (!signal.aborted) return;
    for (const flight of this.#flights.values()) flight.fail(signal.reason);
    this.#flights.clear();
  }

  async #poll(): Promise<void> {
    const { rpc, signer, confirmations, logger } = this.#options;
    const head = await transactions.readHead(rpc);
    const depth = BigInt(Math.max(confirmations - 1, 0));
    const confirmedTag = depth > head.number ? "0x0" : transactions.toQuantity(head.number - depth);
    const [nonce, confirmedNonce] = await Promise.all([
      transactions.readNonce(rpc, signer.address, "latest"),
      transactions.readNonce(rpc, signer.address, confirmedTag),
    ]);
    const flights = this.flights();
    const view = { head, nonce, confirmedNonce, lowest: flights[0]?.nonce ?? nonce };
    const look = async (flight: Flight): Promise<void> => {
      try {
        await this.#advance(flight, view);
      } catch (error) {
        if (isAbort(error)) throw error;
        logger.warn(
          { label: flight.label, nonce: flight.nonce, error },
          "transaction on its way not checked",
        );
      }
    };
    // Receipts are asked for side by side: after a full block there may be hundreds.
    const looks = new PQueue({ concurrency: LOOKS_AT_ONCE });
    await looks.addAll(flights.map((flight) => () => look(flight)));
  }

  async #advance(flight: Flight, view: View): Promise<void> {
    if (view.nonce > flight.nonce) {
      const mined = await this.#findMined(flight);
      if (mined !== undefined) return this.#settleWhenDeep(flight, mined, view);
      // A node may know the nonce before the receipt: only the second look counts, and only below the confirmations.
      if (view.confirmedNonce > flight.nonce && ++flight.timesMissing >= 2) this.#displace(flight);
      return;
    }
    flight.timesMissing = 0;
    if (this.#isStranded(flight, view)) return this.#displace(flight);
    const isDue = Date.now() - flight.lastSentAtMs >= this.#options.feePolicy.resubmitMs;
    if (!isDue && flight.nonce >= view.nonce + POOL_AHEAD) return;
    await this.#serial.add(() => this.#refresh(flight, view.head));
  }

  async #findMined(flight: Flight): Promise<{ attempt: Attempt; receipt: Receipt } | undefined> {
    for (const attempt of [...flight.attempts].reverse()) {
      const receipt = await transactions.readReceipt(this.#options.rpc, attempt.hash);
      if (receipt !== undefined) return { attempt, receipt };
    }
    return undefined;
  }

  async #settleWhenDeep(
    flight: Flight,
    { attempt, receipt }: { attempt: Attempt; receipt: Receipt },
    { head }: View,
  ): Promise<void> {
    const { rpc, decoder, signer, confirmations, logger } = this.#options;
    flight.timesMissing = 0;
    if (head.number - receipt.blockNumber + 1n < BigInt(confirmations)) return;
    const { label, nonce, call } = flight;
    const fields = {
      label,
      nonce,
      hash: attempt.hash,
      blockNumber: receipt.blockNumber,
      gasUsed: receipt.gasUsed,
    };
    if (attempt.isCancellation && flight.cancelledBy !== undefined) {
      logger.info({ ...fields, revert: describeRevert(flight.cancelledBy) }, "transaction cancelled");
      this.#land(flight).settle({ kind: "reverted", revert: flight.cancelledBy });
    } else if (attempt.isCancellation || receipt.succeeded) {
      logger.info(fields, "transaction confirmed");
      this.#land(flight).settle({ kind: "confirmed", receipt });
    } else {
      const { gasLimit } = attempt;
      const revert = await explainFailure(rpc, decoder, signer.address, call ?? {}, { ...receipt, gasLimit });
      logger.warn({ ...fields, revert: describeRevert(revert) }, "transaction reverted on chain");
      this.#land(flight).settle({ kind: "reverted", revert, receipt });
    }
  }

  #displace(flight: Flight): void {
    const { label, nonce, attempts } = flight;
    if (attempts.length > 0)
      this.#options.logger.warn({ label, nonce }, "transaction displaced by another one");
    this.#land(flight).settle({ kind: "displaced", nonce });
  }

  #land(flight: Flight): Flight {
    this.#flights.delete(flight.nonce);
    return flight;
  }

  /** The chain fell back below every nonce we know (a restarted chain): nothing on its way can ever be mined. */
  #isStranded(flight: Flight, view: View): boolean {
    if (view.nonce >= view.lowest) flight.strandedSinceMs = undefined;
    else flight.strandedSinceMs ??= Date.now();
    const since = flight.strandedSinceMs;
    return since !== undefined && Date.now() - since > this.#options.feePolicy.resubmitMs;
  }

  /** Raises the bid when it is due; sends again what the node has lost; turns into a cancellation what would revert. */
  async #refresh(flight: Flight, head: Head): Promise<void> {
    const { rpc, feePolicy, logger } = this.#options;
    const { label, nonce } = flight;
    const last = flight.attempts.at(-1);
    const isDue = Date.now() - flight.lastSentAtMs >= feePolicy.resubmitMs;
    const isLost = last !== undefined && !(await transactions.isKnown(rpc, last.hash));
    if (!isDue && !isLost) return;
    if (!(await this.#resimulate(flight, head))) return;
    if (flight.cancelledBy !== undefined && isLost && this.flights().at(-1) === flight) {
      // Nobody has it and nothing waits behind it: the nonce is free again.
      logger.info({ label, nonce, revert: describeRevert(flight.cancelledBy) }, "lost transaction given up");
      this.#land(flight).settle({ kind: "reverted", revert: flight.cancelledBy });
      return;
    }
    const isCancellation = flight.call === undefined || flight.cancelledBy !== undefined;
    const cap = feeCapWei(feePolicy, remainingSeconds(flight.deadline, head));
    const market = await readMarket(rpc, head);
    const { floor } = flight;
    const raised =
      floor === undefined ? firstBid(feePolicy, market, cap) : raisedBid(feePolicy, market, cap, floor);
    // What nobody has need not be outbid: a gap below others must not stay because the cap is reached.
    const bid = raised ?? (isLost ? last.bid : undefined);
    if (isLost && (!isDue || raised === undefined) && last.isCancellation === isCancellation) {
      await transactions.broadcast(rpc, last.raw);
      flight.lastSentAtMs = Date.now();
      logger.info({ label, nonce, hash: last.hash }, "lost transaction sent again");
    } else if (bid === undefined) {
      flight.lastSentAtMs = Date.now();
      logger.warn({ label, nonce, capWei: cap }, "bid not raised, cap reached");
    } else {
      const result = await this.transmit(flight, bid, isCancellation);
      // Somebody else's bid is in the way: outbid it at the next look instead of after a whole resubmission.
      if (result === "underpriced") flight.lastSentAtMs = 0;
    }
  }

  /** Marks a flight whose call would revert by now; false if it was mined meanwhile and needs nothing. */
  async #resimulate(flight: Flight, head: Head): Promise<boolean> {
    const { rpc, decoder, signer } = this.#options;
    if (flight.call === undefined || flight.cancelledBy !== undefined) return true;
    const simulation = await simulate(rpc, decoder, signer.address, flight.call, head.gasLimit);
    if (simulation.kind === "passes") {
      flight.gasLimit = simulation.gasLimit;
      return true;
    }
    // Mined since the last look? Then the simulation met its own effect, and the next look finds the receipt.
    if ((await transactions.readNonce(rpc, signer.address, "latest")) > flight.nonce) return false;
    flight.cancelledBy = simulation.revert;
    return true;
  }
}
