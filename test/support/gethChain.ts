import { createHash } from "node:crypto";
import { RLP } from "@ethereumjs/rlp";
import { Wallet, type TransactionRequest } from "ethers";
import {
  isGethInstalled,
  startGethNode,
  type GethNode,
  type GethNodeOptions,
} from "../../devnet/gethNode.js";
import { createRpc, type Rpc } from "../../shared/chain/rpc.js";
import { createSource, type Source, type SourceOptions } from "../../shared/chain/source.js";

/** Why tests against a real geth do not run here; false where they do. */
export const noGeth: string | false = isGethInstalled()
  ? false
  : "geth is not installed; `npm run test:geth` installs it where there is a Go toolchain";

/** Hardhat's first development keys, which are public. */
const KEYS = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
  "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
] as const;
const POLL_MS = 5;
const MINING_MS = 30_000;

/** The point at infinity: commitment of a blob of zeros, and proof of every value of it (EIP-4844). */
export const INFINITY = `0x${"c0".padEnd(96, "0")}`;
export const ZERO_BLOB_HASH = `0x01${createHash("sha256")
  .update(Buffer.from(INFINITY.slice(2), "hex"))
  .digest("hex")
  .slice(2)}`;
const BLOB_BYTES = 131_072;
const CELLS = 128;

export interface Receipt {
  status: string;
  blockNumber: string;
  contractAddress: string | null;
}

/** A geth chain to which a test adds blocks. */
export interface GethChain {
  readonly node: GethNode;
  readonly rpc: Rpc;
  readonly wallet: Wallet;
  /** Holds ether but sends nothing by itself: for authorizations. */
  readonly authority: Wallet;
  /** All transactions in one block, sent by `wallet` in this order. */
  mine(...requests: TransactionRequest[]): Promise<Receipt[]>;
  /** A block with one transaction that carries blobs of zeros. */
  mineBlobs(count: number, request: TransactionRequest, proofs: "whole" | "cells"): Promise<Receipt>;
  /** A block without transactions. @param gwei amount */
  mineWithdrawal(address: string, gwei: bigint): Promise<void>;
  height(): Promise<bigint>;
  close(): Promise<void>;
}

const GAS_LIMIT = 1_000_000n;
const MAX_FEE_PER_GAS = 20n * 10n ** 9n;

/** A transaction with what it does not say: fees in the form of its type, and gas. */
function withDefaults(request: TransactionRequest): TransactionRequest {
  const fees =
    request.type === 0 || request.type === 1
      ? { gasPrice: MAX_FEE_PER_GAS }
      : { maxFeePerGas: MAX_FEE_PER_GAS, maxPriorityFeePerGas: 10n ** 9n };
  return { type: 2, gasLimit: GAS_LIMIT, ...fees, ...request };
}

export async function startGethChain(options: GethNodeOptions = {}): Promise<GethChain> {
  const [wallet, blobSender, authority] = KEYS.map((key) => new Wallet(key)) as [Wallet, Wallet, Wallet];
  const node = await startGethNode({
    ...options,
    funded: [wallet, blobSender, authority].map((w) => w.address),
  });
  const rpc = createRpc({ urls: [node.url] });
  const chainId = node.chainId;
  let blobNonce = 0;
  let withdrawals = 0;

  async function waitFor<T>(what: string, read: () => Promise<T | null>): Promise<T> {
    const deadline = Date.now() + MINING_MS;
    for (;;) {
      const result = await read();
      if (result !== null) return result;
      if (Date.now() > deadline) throw new Error(`${what} was not mined in time`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  const receiptOf = (hash: unknown): Promise<Receipt> =>
    waitFor(`transaction ${String(hash)}`, async () => {
      // While a block is being taken in, geth may not have its index of transactions yet and refuses.
      const answer = rpc.request("eth_getTransactionReceipt", [hash]).catch(() => null);
      return (await answer) as Receipt | null;
    });
  const height = async (): Promise<bigint> => BigInt((await rpc.request("eth_blockNumber", [])) as string);

  return {
    node,
    rpc,
    wallet,
    authority,
    height,
    async mine(...requests) {
      // Asked for anew, because authorizations of the sender use up nonces too (EIP-7702).
      const nonce = Number(await rpc.request("eth_getTransactionCount", [wallet.address, "latest"]));
      const signed = await Promise.all(
        requests.map((request, index) =>
          wallet.signTransaction(withDefaults({ chainId, nonce: nonce + index, ...request })),
        ),
      );
      // Later nonces wait for the first, which makes all of them executable at once: one block.
      const [first, ...later] = signed;
      const hashes = await rpc.batch(
        later.map((raw) => ({ method: "eth_sendRawTransaction", params: [raw] })),
      );
      hashes.unshift(await rpc.request("eth_sendRawTransaction", [first]));
      return Promise.all(hashes.map(receiptOf));
    },
    async mineBlobs(count, request, proofs) {
      const raw = await blobSender.signTransaction(
        withDefaults({
          chainId,
          nonce: blobNonce++,
          type: 3,
          maxFeePerBlobGas: 10n ** 9n,
          blobVersionedHashes: Array.from({ length: count }, () => ZERO_BLOB_HASH),
          ...request,
        }),
      );
      return receiptOf(await rpc.request("eth_sendRawTransaction", [withBlobs(raw, count, proofs)]));
    },
    async mineWithdrawal(address, gwei) {
      const before = await height();
      const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
      const index = hex(withdrawals++);
      await rpc.request("dev_addWithdrawal", [{ index, validatorIndex: "0x7", address, amount: hex(gwei) }]);
      await waitFor("a withdrawal", async () => ((await height()) > before ? true : null));
    },
    close: () => node.close(),
  };
}

/** The form in which a blob transaction travels (EIP-4844; with proofs of cells EIP-7594). */
function withBlobs(raw: string, count: number, proofs: "whole" | "cells"): string {
  const body = RLP.decode(`0x${raw.slice(4)}`);
  const infinity = Buffer.from(INFINITY.slice(2), "hex");
  const repeat = (bytes: Uint8Array, times: number): Uint8Array[] =>
    Array.from({ length: times }, () => bytes);
  const blobs = repeat(new Uint8Array(BLOB_BYTES), count);
  const commitments = repeat(infinity, count);
  const wrapped =
    proofs === "whole"
      ? [body, blobs, commitments, repeat(infinity, count)]
      : [body, 1, blobs, commitments, repeat(infinity, count * CELLS)];
  return `0x03${Buffer.from(RLP.encode(wrapped)).toString("hex")}`;
}

/** A verifying reader of `chain` through `url`; it begins without any state of it. */
export function openGethSource(
  chain: GethChain,
  url: string,
  options: Partial<Pick<SourceOptions, "stores">> = {},
): Promise<Source> {
  return createSource({
    rpc: createRpc({ urls: [url], retries: 0 }),
    forks: chain.node.forks,
    finality: { kind: "depth", blocks: 0n },
    ...options,
  });
}
