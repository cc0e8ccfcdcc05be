import { getAddress, keccak256, toBeHex } from "ethers";
import { interfaces } from "../chain/contracts.js";
import type { Manifest } from "../chain/manifest.js";
import type { DestinationView } from "../chain/protocolReader.js";
import type { Rpc } from "../chain/rpc.js";
import { finalHead, type FeedEntry } from "../protocol/ledger.js";
import type { Update } from "../protocol/update.js";
import { OptisyncError } from "../runtime/errors.js";
import { proveState } from "../reader/proveState.js";

/** Where an EIP-1967 proxy keeps the address of its implementation. */
export const IMPLEMENTATION_SLOT = BigInt(
  "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc",
);

/** A transaction on B. */
export interface Call {
  readonly to: string;
  readonly data: string;
  readonly label: string;
}

export interface Registration {
  /** To be sent in this order. Storing code that is stored already does nothing. */
  readonly calls: readonly Call[];
  /** Of the code whose logic will answer. */
  readonly codeHash: string;
  /** The implementation's address on A, for an EIP-1967 proxy. */
  readonly implementation: string | undefined;
}

/**
 * What gives a feed's replica its logic: the code of the account on A at the block that the feed shows or, where the
 * account is an EIP-1967 proxy, of its implementation. A's node supplies code and proof; both are checked here, and by
 * Replicas.
 *
 * @throws OptisyncError `FeedEmpty` (retry), `CodeWrong` (retry) if A's node gives other code than the feed's update
 * says; ProofError; RpcError
 */
export async function registrationOf(
  { ledger }: DestinationView,
  feed: FeedEntry,
  { manifest, rpc }: { manifest: Manifest; rpc: Rpc },
): Promise<Registration> {
  const head = ledger.updates.get(feed.head)?.update;
  if (head === undefined || head.number === 0n)
    throw new OptisyncError("FeedEmpty", `feed ${feed.feed} shows nothing yet`, { action: "retry" });
  const code = await codeOf(rpc, feed.account, head);
  requireHash(feed.account, code, head.codeHash);
  const to = manifest.contracts.replicas;
  const call = (name: string, args: unknown[]): Call => ({
    to,
    data: interfaces.replicas.encodeFunctionData(name, args),
    label: name,
  });

  const root = finalHead(ledger)?.claim;
  const implementation = await implementationOf(rpc, feed.account, code, head);
  if (root === undefined || implementation === undefined) {
    return {
      calls: [call("storeCode", [code]), call("register", [head])],
      codeHash: head.codeHash,
      implementation: undefined,
    };
  }
  const { state, accountProof } = await proveState(rpc, root, implementation, []);
  const logic = await codeOf(rpc, implementation, root);
  requireHash(implementation, logic, state.codeHash);
  return {
    calls: [call("storeCode", [logic]), call("registerImplementation", [head, code, root, accountProof])],
    codeHash: state.codeHash,
    implementation,
  };
}

/** Where a proxy delegates to at the block that the feed shows; undefined if the account is no EIP-1967 proxy. */
async function implementationOf(
  rpc: Rpc,
  account: string,
  code: string,
  head: Pick<Update, "number" | "stateRoot">,
): Promise<string | undefined> {
  if (!code.includes(toBeHex(IMPLEMENTATION_SLOT, 32).slice(2))) return undefined;
  const { slots } = await proveState(rpc, head, account, [IMPLEMENTATION_SLOT]);
  const word = slots[0]?.value ?? 0n;
  // An implementation that can upgrade its proxies knows the slot, too, and has nothing in its own.
  return word === 0n ? undefined : getAddress(toBeHex(BigInt.asUintN(160, word), 20));
}

async function codeOf(rpc: Rpc, account: string, { number }: Pick<Update, "number">): Promise<string> {
  const code = await rpc.request("eth_getCode", [account, `0x${number.toString(16)}`]);
  if (typeof code === "string" && /^0x([0-9a-f]{2})*$/i.test(code)) return code.toLowerCase();
  throw new OptisyncError("CodeWrong", `A's node gave no code of ${account}`, { action: "retry" });
}

function requireHash(account: string, code: string, wanted: string): void {
  const got = keccak256(code);
  if (got === wanted.toLowerCase()) return;
  throw new OptisyncError(
    "CodeWrong",
    `A's node gave code of ${account} that hashes to ${got}, not ${wanted}`,
    {
      action: "retry",
      details: { account, got, wanted },
    },
  );
}
