import type { FeePolicy } from "../shared/chain/fees.js";
import type { Manifest } from "../shared/chain/manifest.js";
import type { DestinationView, ProtocolReader } from "../shared/chain/protocolReader.js";
import type { Rpc } from "../shared/chain/rpc.js";
import { readHead, type Head, type JsonRpc } from "../shared/chain/transactions.js";
import { coverageOf, type Coverage } from "../shared/messages/coverage.js";
import type { OutboxMirror } from "../shared/messages/outboxMirror.js";
import { newestUsableClaim, proveOutboxRoot, type RootProof } from "../shared/messages/rootProof.js";
import { readMessageLedger, type MessageLedger } from "../shared/protocol/messageLedger.js";
import type { Alert } from "../shared/runtime/alarm.js";
import { describeError, errorAction, isAbort } from "../shared/runtime/errors.js";
import { messagesWith, type Ground } from "./duties.js";
import type { Prospects } from "./prospects.js";
import type { RelayerPolicy, RelayerView } from "./view.js";

export interface LoaderOptions {
  readonly manifest: Manifest;
  readonly protocol: ProtocolReader;
  readonly mirror: OutboxMirror;
  readonly prospects: Prospects;
  readonly sourceRpc: Rpc;
  /** B. */
  readonly rpc: JsonRpc;
  readonly policy: RelayerPolicy;
  readonly feePolicy: Pick<FeePolicy, "priorityFeeWei">;
  readonly isAttestedOnly: boolean;
  readonly signal: AbortSignal;
}

/** Looks at both chains. */
export interface Loader {
  /** @returns what the solver may know, and the block of B that it is true of. */
  load(): Promise<{ view: RelayerView; blockNumber: bigint }>;
}

/** EIP-7825: the most gas of a transaction on chains since Osaka. */
const TRANSACTION_GAS_CAP = 1n << 24n;

export function createLoader(options: LoaderOptions): Loader {
  let ledger: MessageLedger | undefined;
  let ledgerOf: DestinationView["events"] | undefined;
  /** A proof is good for its claim: it is asked for once. */
  let proven: { claim: string; proof: RootProof | undefined } | undefined;

  async function load(): Promise<{ view: RelayerView; blockNumber: bigint }> {
    const { policy, protocol, mirror, rpc, feePolicy, prospects } = options;
    // B first: what it knows of A, A's node should know by then.
    const destination = await protocol.sync();
    if (ledger === undefined || ledgerOf !== destination.events) {
      ledger = readMessageLedger(destination.events);
      ledgerOf = destination.events;
    }
    const outbox = await mirror.sync();
    const head = await readHead(rpc);
    const coverage = coverageOf(outbox, ledger);
    const ground: Ground = { policy, outbox, ledger, coverage, timestamp: head.timestamp };
    const { proof, obstacles } = await prove(ground, destination);
    const transactionGas = head.gasLimit < TRANSACTION_GAS_CAP ? head.gasLimit : TRANSACTION_GAS_CAP;
    const answers = await prospects.ask({
      outbox,
      deliverable: messagesWith(ground, "deliverable"),
      failed: messagesWith(ground, "failed"),
      size: coverage.best?.size ?? 0,
      transactionGas,
    });
    const view: RelayerView = {
      ...ground,
      proof,
      prospects: answers.prospects,
      gasPriceWei: await gasPriceOf(rpc, head, feePolicy),
      transactionGas,
      obstacles: [...obstacles, ...answers.obstacles],
    };
    return { view, blockNumber: destination.head.number };
  }

  /** The newest final root, if messages that are asked for wait for one. */
  async function prove(
    ground: Ground,
    { ledger: claims }: DestinationView,
  ): Promise<{ proof: RootProof | undefined; obstacles: Alert[] }> {
    const { manifest, sourceRpc, isAttestedOnly } = options;
    const entry = newestUsableClaim(claims, isAttestedOnly);
    const isDue = entry !== undefined && isWaitedFor(ground, entry.claim.number);
    if (!isDue) return { proof: undefined, obstacles: [] };
    try {
      if (proven?.claim !== entry.id) {
        const proof = await proveOutboxRoot({ manifest, rpc: sourceRpc }, entry.claim, ground.outbox);
        proven = { claim: entry.id, proof };
      }
      return { proof: proven.proof, obstacles: [] };
    } catch (error) {
      if (isAbort(error) || errorAction(error) === "halt") throw error;
      // Messages under roots that B knows can be delivered all the same.
      const { code } = describeError(error);
      return { proof: undefined, obstacles: [{ code, subject: entry.id, details: { error } }] };
    }
  }

  return { load };
}

/** Whether a message that is asked for was sent up to this block of A, by the node's word, and no root covers it. */
function isWaitedFor(ground: Ground, number: bigint): boolean {
  const known: Coverage["best"] = ground.coverage.best;
  if (known !== undefined && known.number >= number) return false;
  return messagesWith(ground, "waiting").some(({ blockNumber }) => blockNumber <= number);
}

async function gasPriceOf(
  rpc: JsonRpc,
  head: Head,
  { priorityFeeWei }: Pick<FeePolicy, "priorityFeeWei">,
): Promise<bigint> {
  if (head.baseFeePerGas !== undefined) return head.baseFeePerGas + priorityFeeWei;
  return BigInt((await rpc.send("eth_gasPrice", [])) as string);
}
