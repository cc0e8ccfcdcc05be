/** Players of the execution game who do not play honestly. They use the contracts' rules and none of the bots' solvers. */
import { hexlify, id as hashText, randomBytes } from "ethers";
import { interfaces } from "../../shared/chain/contracts.js";
import type { Rpc } from "../../shared/chain/rpc.js";
import type { Sender } from "../../shared/chain/sender.js";
import type { DestinationView, ProtocolReader } from "../../shared/chain/protocolReader.js";
import type { TraceProvider } from "../../shared/game/trace.js";
import { moveDue, type GameEntry } from "../../shared/protocol/gameBook.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import type { ForgedChain } from "./forgedChain.js";
import { postAll, untilMined } from "./postAll.js";

/** How a defender lies about the blocks of the span, on level 1. */
export const BLOCK_LIES = [
  "truth",
  "unknown",
  "one unknown",
  "tip",
  "start",
  "late",
  "early",
  "alternating",
] as const;
export type BlockLie = (typeof BLOCK_LIES)[number];

export interface LyingDefenderOptions {
  chain: ForgedChain;
  machine: TraceProvider;
  blocks: BlockLie;
  /** The first step after which it tells false states; they stay false. */
  lieFrom: bigint;
  /** Tells other lies in each round than the round before would suggest. */
  isInconsistent?: boolean;
  /** After how many moves it is never heard of again in a game. */
  vanishesAfter?: (game: GameEntry) => number;
}

const STEPS = 2n ** 36n;

/** The proposer of a false claim, defending it as well as a lie can be defended. */
export class LyingDefender {
  readonly #reader: ProtocolReader;
  readonly #sender: Sender;
  readonly #options: LyingDefenderOptions;
  refusals = 0;

  constructor(reader: ProtocolReader, sender: Sender, options: LyingDefenderOptions) {
    this.#reader = reader;
    this.#sender = sender;
    this.#options = options;
  }

  /** Makes every move that is due; what the contract refuses is counted. */
  async act(): Promise<number> {
    const view = await this.#reader.sync();
    let moved = 0;
    for (const game of view.ledger.games.values()) {
      const claim = view.ledger.claims.get(game.claim);
      if (claim?.claim.proposer !== this.#sender.address || claim.status !== "Pending") continue;
      const due = moveDue(game);
      if (due === undefined || due === "Point") continue;
      if (game.moves.length >= (this.#options.vanishesAfter?.(game) ?? Infinity)) continue;
      if (await this.#move(view, game, claim)) moved += 1;
    }
    return moved;
  }

  async #move(view: DestinationView, game: GameEntry, claim: ClaimEntry): Promise<boolean> {
    const name = { claim: claim.claim, challenger: game.challenger, nonce: game.nonce };
    const [left, right] = [game.values[0], game.values.at(-1)];
    switch (moveDue(game)) {
      case "Split":
        return this.#call("split", [name, left, right, await this.#points(view, game, claim)]);
      case "Enter": {
        const [parent, block] = [left, right].map((hash) => this.#headerOf(hash));
        if (left === claim.claim.blockHash && right === left) return this.#call("showTip", [name]);
        // What is no block and its parent cannot be entered, whatever it claims.
        if (parent === undefined || block?.parentHash !== parent.hash) return this.#refused();
        const points = await this.#states(block.number, 0n, STEPS / 64n);
        return this.#call("enter", [name, parent.rlp, block.rlp, points]);
      }
      case "Prove": {
        const trace = await this.#trace(game.block ?? 0n);
        const { encode } = await trace.prove(game.from, new AbortController().signal);
        return this.#call("prove", [name, left, right, encode([])]);
      }
      default:
        return false;
    }
  }

  async #points(view: DestinationView, game: GameEntry, claim: ClaimEntry): Promise<string[]> {
    const step = game.size / 64n;
    if (game.block !== undefined) return this.#states(game.block, game.from, step);
    const low = view.ledger.claims.get(claim.claim.parent)?.claim.number ?? 0n;
    return Array.from({ length: 63 }, (_, i) =>
      this.#blockAt(claim, low, game.from + BigInt(i + 1) * step, i),
    );
  }

  #blockAt({ claim }: ClaimEntry, low: bigint, position: bigint, i: number): string {
    const { chain, blocks } = this.#options;
    const hashAt = (at: bigint): string =>
      chain.headers.get(low + at < claim.number ? low + at : claim.number)?.hash ?? claim.blockHash;
    const unknown = hashText(`no block at ${position}`);
    switch (blocks) {
      case "truth":
        return hashAt(position);
      case "unknown":
        return unknown;
      case "one unknown":
        return i === 31 ? unknown : hashAt(position);
      case "tip":
        return claim.blockHash;
      case "start":
        return hashAt(0n);
      case "late":
        return hashAt(position > 0n ? position - 1n : 0n);
      case "early":
        return hashAt(position + 1n);
      case "alternating":
        return i % 2 === 0 ? unknown : hashAt(position);
    }
  }

  async #states(number: bigint, from: bigint, step: bigint): Promise<string[]> {
    const positions = Array.from({ length: 63 }, (_, i) => from + BigInt(i + 1) * step);
    const trace = await this.#trace(number);
    const truth = await trace.states(positions, new AbortController().signal);
    const salt = this.#options.isInconsistent === true ? hexlify(randomBytes(4)) : "";
    return positions.map((at, i) =>
      at > this.#options.lieFrom ? hashText(`lie at ${at} ${salt}`) : (truth[i] as string),
    );
  }

  async #trace(number: bigint) {
    const { chain, machine } = this.#options;
    const [parent, block] = [chain.headers.get(number - 1n), chain.headers.get(number)];
    const pair = { parentHeader: parent?.rlp ?? "0x", header: block?.rlp ?? "0x" };
    return machine.open(pair, new AbortController().signal);
  }

  #headerOf(hash: string | undefined) {
    return [...this.#options.chain.headers.values()].find((header) => header.hash === hash);
  }

  #refused(): boolean {
    this.refusals += 1;
    return false;
  }

  async #call(name: string, args: unknown[]): Promise<boolean> {
    const outcome = await callCourt(this.#reader, this.#sender, name, args);
    return outcome || this.#refused();
  }
}

/** Who challenges what is true, or plays a sham game. */
export class LyingChallenger {
  readonly #reader: ProtocolReader;
  readonly #sender: Sender;
  readonly #pick: (game: GameEntry) => number;
  readonly #vanishesAfter: (game: GameEntry) => number;

  /**
   * @param pick where to point
   * @param vanishesAfter after how many moves it is never heard of again in a game
   */
  constructor(
    reader: ProtocolReader,
    sender: Sender,
    pick: (game: GameEntry) => number,
    vanishesAfter: (game: GameEntry) => number = () => Infinity,
  ) {
    this.#reader = reader;
    this.#sender = sender;
    this.#pick = pick;
    this.#vanishesAfter = vanishesAfter;
  }

  async open(claim: ClaimEntry, nonces: readonly bigint[]): Promise<void> {
    const { ledger } = await this.#reader.sync();
    const parent = ledger.claims.get(claim.claim.parent)?.claim;
    await Promise.all(
      nonces.map((nonce) =>
        callCourt(this.#reader, this.#sender, "open", [
          { claim: claim.claim, challenger: this.#sender.address, nonce },
          parent,
        ]),
      ),
    );
  }

  /** Points in every game of its own in which that is due. */
  async act(): Promise<void> {
    const { ledger } = await this.#reader.sync();
    const due = [...ledger.games.values()].filter(
      (game) =>
        game.challenger === this.#sender.address &&
        moveDue(game) === "Point" &&
        game.moves.length < this.#vanishesAfter(game),
    );
    await Promise.all(
      due.map((game) => {
        const claim = ledger.claims.get(game.claim)?.claim;
        const name = { claim, challenger: game.challenger, nonce: game.nonce };
        return callCourt(this.#reader, this.#sender, "point", [name, game.values, this.#pick(game)]);
      }),
    );
  }
}

async function callCourt(
  { manifest }: ProtocolReader,
  sender: Sender,
  name: string,
  args: unknown[],
): Promise<boolean> {
  const data = interfaces.executionCourt.encodeFunctionData(name, args);
  const to = manifest.execution?.court ?? "";
  const outcome = await sender.send({ to, data, label: name, key: `${name}:${data.slice(0, 2000)}` });
  return outcome.kind === "confirmed";
}

/**
 * Somebody who opens as many games as it has bonds for, all at once, and plays each to its end. Its transactions are not simulated,
 * so that it never waits for anything but the other side.
 */
export class CrowdChallenger {
  readonly #reader: ProtocolReader;
  readonly #rpc: Rpc;
  readonly #address: string;
  readonly #pick: (game: GameEntry) => number;

  /** @param address of an account whose key the node holds */
  constructor(reader: ProtocolReader, rpc: Rpc, address: string, pick: (game: GameEntry) => number) {
    this.#reader = reader;
    this.#rpc = rpc;
    this.#address = address;
    this.#pick = pick;
  }

  async open(claim: ClaimEntry, count: number): Promise<void> {
    const { ledger } = await this.#reader.sync();
    const parent = ledger.claims.get(claim.claim.parent)?.claim;
    const nonces = Array.from({ length: count }, (_, i) => BigInt(i));
    await this.#post(
      "open",
      nonces.map((nonce) => [{ claim: claim.claim, challenger: this.#address, nonce }, parent]),
    );
  }

  /** Points in every game of its own in which that is due. @returns in how many */
  async act(): Promise<number> {
    const { ledger } = await this.#reader.sync();
    const due = [...ledger.games.values()].filter(
      (game) => game.challenger === this.#address && moveDue(game) === "Point",
    );
    await this.#post(
      "point",
      due.map((game) => {
        const claim = ledger.claims.get(game.claim)?.claim;
        const name = { claim, challenger: game.challenger, nonce: game.nonce };
        return [name, game.values, this.#pick(game)];
      }),
    );
    return due.length;
  }

  async #post(name: string, calls: readonly (readonly unknown[])[]): Promise<void> {
    const to = this.#reader.manifest.execution?.court ?? "";
    const sent = await postAll(
      this.#rpc,
      calls.map((args) => ({
        from: this.#address,
        to,
        data: interfaces.executionCourt.encodeFunctionData(name, [...args]),
      })),
    );
    await untilMined(this.#rpc, sent);
  }
}
