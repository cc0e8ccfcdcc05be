/**
 * A proposer in league with A's whole committee: it claims a block of A with a state root in which it owns more than it does,
 * the members sign that this is A's block, and it defends the claim in every game as well as that can be done.
 */
import { decodeRlp, encodeRlp, keccak256, type Wallet } from "ethers";
import { interfaces } from "../shared/chain/contracts.js";
import type { Chains } from "../shared/chain/openChains.js";
import type { Revert } from "../shared/chain/reverts.js";
import type { Sender } from "../shared/chain/sender.js";
import { readHead, readNonce, readReceipt } from "../shared/chain/transactions.js";
import type { Receipt } from "../shared/chain/transactions.js";
import { moveCall } from "../shared/game/calls.js";
import { defend } from "../shared/game/moves.js";
import { readSpan } from "../shared/game/span.js";
import { shareTraces, type TraceProvider } from "../shared/game/trace.js";
import type { StepDescription } from "../shared/machine/describeStep.js";
import type { Programs } from "../shared/machine/Machine.js";
import {
  createAttestation,
  encodeCommitteeEvidence,
  signAttestation,
} from "../shared/protocol/attestation.js";
import { claimId, type Claim } from "../shared/protocol/claim.js";
import { createCommittee } from "../shared/protocol/committee.js";
import { moveDue, type GameEntry } from "../shared/protocol/gameBook.js";
import { finalHead } from "../shared/protocol/ledger.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import { sleep } from "../shared/runtime/shutdown.js";
import { createLyingMachine, runFalsely, type Mint } from "./lyingMachine.js";

export interface ColluderTools {
  readonly chains: Chains;
  readonly wallet: Wallet;
  readonly sender: Sender;
  /** A's whole committee, with its keys. */
  readonly committee: readonly Wallet[];
  readonly programs: Programs;
  readonly signal: AbortSignal;
}

/** A false claim, and what only the liar knows of it. */
export interface FalseClaim {
  readonly id: string;
  readonly claim: Claim;
  readonly receipt: Receipt;
  /** RLP of the false header, and of the block that A really has. */
  readonly header: string;
  readonly trueRoot: string;
  /** Steps before the false one, and what that one executes. */
  readonly step: number;
  readonly what: StepDescription;
}

/** Gas for posting a claim and for showing evidence for it, with room to spare. */
const CLAIM_GAS = 1_000_000n;
const STATE_ROOT_FIELD = 3;
const POLL_MS = 250;

export class Colluder {
  readonly #tools: ColluderTools;
  /** What it defends, and the machine as it would have it. */
  #lie: { claim: FalseClaim; machine: TraceProvider } | undefined;
  #refusal: Revert | undefined;

  constructor(tools: ColluderTools) {
    this.#tools = tools;
  }

  /** Why the contract did not take its last move; undefined as long as it took them all. */
  get refusal(): Revert | undefined {
    return this.#refusal;
  }

  /**
   * Claims block `number` of A with a state root that mints, and shows the committee's signatures for it. Both are mined at
   * once: no challenger has a chance to ask for evidence.
   */
  async claim(number: bigint, mint: Mint): Promise<FalseClaim> {
    const { chains, wallet, signal, programs } = this.#tools;
    const { source, protocol, manifest } = chains;
    const own = await source.headerByNumber(number);
    const parentHeader = (await source.headerByNumber(number - 1n)).rlp;
    const tools = { source, programs, signal };
    const { step, what, stateRoot } = await runFalsely({ parentHeader, header: own.rlp }, mint, tools);
    const fields = decodeRlp(own.rlp) as string[];
    fields[STATE_ROOT_FIELD] = stateRoot;
    const header = encodeRlp(fields);

    const parent = finalHead((await protocol.sync()).ledger);
    if (parent === undefined || parent.claim.number >= number) {
      throw new OptisyncError("NothingToLieAbout", `block ${number} is final on B already`, {
        action: "halt",
      });
    }
    const blockHash = keccak256(header);
    const { timestamp } = own;
    const claim = { parent: parent.id, blockHash, stateRoot, number, timestamp, proposer: wallet.address };
    const { stateSync, anchorCourt } = manifest.contracts;
    const evidence = await this.#sign(number, blockHash);
    const receipt = await this.#sendAtOnce(
      {
        to: stateSync,
        data: interfaces.stateSync.encodeFunctionData("propose", [wallet.address, parent.id, header]),
      },
      { to: anchorCourt, data: interfaces.anchorCourt.encodeFunctionData("attest", [claim, evidence]) },
    );
    const posted = { id: claimId(claim), claim, receipt, header, trueRoot: own.stateRoot, step, what };
    this.#lie = { claim: posted, machine: shareTraces(createLyingMachine(mint, tools), 1) };
    return posted;
  }

  /**
   * Plays every game on its claim until the claim is dead.
   * @param onRefused told once, when the contract has refused the last move
   */
  async defend(onRefused?: (revert: Revert) => void): Promise<void> {
    const { chains, signal } = this.#tools;
    for (let isTold = false; !signal.aborted;) {
      const { ledger } = await chains.protocol.sync();
      if (ledger.claims.get(this.#lie?.claim.id ?? "")?.status === "Rejected") return;
      await this.act();
      if (!isTold && this.#refusal !== undefined) {
        isTold = true;
        onRefused?.(this.#refusal);
      }
      await sleep(POLL_MS, signal);
    }
  }

  /** Makes the moves that are due. @returns how many the contract took */
  async act(): Promise<number> {
    const { ledger } = await this.#tools.chains.protocol.sync();
    const due = [...ledger.games.values()].filter((game) => {
      const move = moveDue(game);
      // Once refused, the only proof there is will be refused again.
      const isHopeless = move === "Prove" && this.#refusal !== undefined;
      return game.claim === this.#lie?.claim.id && move !== undefined && move !== "Point" && !isHopeless;
    });
    const made = await Promise.all(due.map((game) => this.#move(game)));
    return made.filter(Boolean).length;
  }

  async #move(game: GameEntry): Promise<boolean> {
    const { chains, sender, signal } = this.#tools;
    const { ledger } = await chains.protocol.sync();
    const lie = this.#lie;
    const parent = ledger.claims.get(lie?.claim.claim.parent ?? "")?.claim;
    if (lie === undefined || parent === undefined) return false;
    const { claim, header } = lie.claim;
    const parentHash = (decodeRlp(header) as string[])[0] as string;
    const span = await readSpan(chains.source, parent, claim, signal, { rlp: header, parentHash });
    const move = await defend(game, { span, machine: lie.machine, signal });
    // The last move it can only try: nothing that fails its simulation is sent.
    const outcome = await sender.send({
      ...moveCall(chains.manifest, game, claim, move),
      label: move.kind,
      key: `${move.kind}:${game.id}:${game.moves.length}`,
    });
    if (outcome.kind === "reverted") this.#refusal = outcome.revert;
    return outcome.kind === "confirmed";
  }

  async #sign(number: bigint, blockHash: string): Promise<string> {
    const { chains, committee } = this.#tools;
    const { manifest, protocol, rpc } = chains;
    const { claims, demands } = protocol.parameters;
    const { timestamp } = await readHead(rpc);
    const validUntil = timestamp + 2n * (claims.windowSeconds + demands.answerSeconds);
    const attestation = createAttestation({
      sourceChainId: manifest.sourceChainId,
      number,
      blockHash,
      validUntil,
    });
    const identity = { destinationChainId: manifest.destinationChainId, anchor: manifest.contracts.anchor };
    const signatures = await Promise.all(
      committee.map(async (member) => ({
        signer: member.address,
        signature: await signAttestation(member, identity, attestation),
      })),
    );
    const members = createCommittee(committee.map(({ address }) => address));
    return encodeCommitteeEvidence({ epoch: 0n, validUntil, committee: members, signatures });
  }

  /** Two transactions in one block: the second is broadcast first and has to wait for the first. @returns the first's receipt */
  async #sendAtOnce(
    first: { to: string; data: string },
    second: { to: string; data: string },
  ): Promise<Receipt> {
    const { chains, wallet, signal } = this.#tools;
    const { rpc, manifest } = chains;
    const nonce = await readNonce(rpc, wallet.address, "pending");
    const { baseFeePerGas = 0n } = await readHead(rpc);
    const sign = (call: { to: string; data: string }, at: number): Promise<string> =>
      wallet.signTransaction({
        ...call,
        type: 2,
        chainId: manifest.destinationChainId,
        nonce: at,
        gasLimit: CLAIM_GAS,
        maxFeePerGas: 2n * baseFeePerGas + 1n,
        maxPriorityFeePerGas: 1n,
      });
    const raws = [await sign(second, nonce + 1), await sign(first, nonce)];
    for (const raw of raws) await rpc.send("eth_sendRawTransaction", [raw]);
    const receipts: Receipt[] = [];
    for (const raw of raws) {
      let receipt: Receipt | undefined;
      while ((receipt = await readReceipt(rpc, keccak256(raw))) === undefined) await sleep(POLL_MS, signal);
      if (!receipt.succeeded)
        throw new OptisyncError("LieNotSent", "the contract refused the lie", { action: "halt" });
      receipts.push(receipt);
    }
    return receipts[1] as Receipt;
  }
}
