import type { Common } from "@ethereumjs/common";
import { RLP } from "@ethereumjs/rlp";
import { createTx, normalizeTxParams } from "@ethereumjs/tx";
import { z } from "zod";
import { executionCrypto, fromHex, keccak256, toHex } from "../execution/crypto.js";
import { mainnetBlobs, rulesOf, singleFork } from "../execution/forks.js";
import { bodyDifference, type RawBlock } from "../execution/rawBlock.js";
import type { Rpc } from "./rpc.js";
import { SourceError, sourceLied } from "./sourceErrors.js";
import { data, hash, numberBytes, quantity, type SourceHeader } from "./sourceHeader.js";

const bodyJson = z.looseObject({
  transactions: z.array(z.looseObject({ hash, from: data.nullish(), to: data.nullish() })),
  withdrawals: z
    .array(z.object({ index: quantity, validatorIndex: quantity, address: data, amount: quantity }))
    .nullish(),
});

type TransactionJson = z.infer<typeof bodyJson>["transactions"][number];

/** A block whose transactions and withdrawals have the roots of its verified header. */
export interface VerifiedBlock {
  header: SourceHeader;
  raw: RawBlock;
  /** Senders and receivers as the node names them, unverified: good for nothing but fetching ahead. */
  mentioned: string[];
}

/**
 * Rules used for encoding only: every transaction type is on, and no transaction is executed under them. Prague's, because later
 * ones refuse what was allowed before: much gas (EIP-7825) and many blobs (EIP-7594).
 */
export function encodingRules(chainId: bigint): Common {
  const crypto = executionCrypto(() => false);
  return rulesOf(singleFork(chainId, "prague"), { name: "prague", blobs: mainnetBlobs("prague") }, crypto);
}

/**
 * Rebuilds the transactions and withdrawals of a block and compares their roots with the header's.
 * @throws SourceError SourceLied, SourceMalformed
 */
export async function verifyBody(
  rpc: Rpc,
  header: SourceHeader,
  json: unknown,
  rules: Common,
): Promise<VerifiedBlock> {
  const parsed = bodyJson.safeParse(json);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new SourceError("SourceMalformed", `block ${header.number}: ${field} is malformed`, { field });
  }
  const { transactions, withdrawals } = parsed.data;
  const raw: RawBlock = {
    headerRlp: fromHex(header.rlp),
    transactions: await Promise.all(
      transactions.map((transaction) => encodeTransaction(rpc, transaction, rules)),
    ),
    withdrawals: (withdrawals ?? []).map(({ index, validatorIndex, address, amount }) =>
      RLP.encode([
        numberBytes(BigInt(index)),
        numberBytes(BigInt(validatorIndex)),
        fromHex(address),
        numberBytes(BigInt(amount)),
      ]),
    ),
  };
  const difference = bodyDifference(raw);
  if (difference !== undefined) {
    const fact = difference.part === "transactions" ? "transactions" : "withdrawals";
    throw sourceLied(
      fact,
      `the ${difference.part} of block ${header.number} do not have the root in its header`,
      {
        number: header.number.toString(),
        ...difference,
      },
    );
  }
  const mentioned = transactions
    .flatMap(({ from, to }) => [from, to])
    .filter((address) => typeof address === "string");
  return { header, raw, mentioned };
}

/** The canonical bytes of a transaction: rebuilt from its JSON where that gives its hash, else asked for. */
async function encodeTransaction(rpc: Rpc, transaction: TransactionJson, rules: Common): Promise<Uint8Array> {
  const rebuilt = rebuild(transaction, rules);
  const wanted = transaction.hash.slice(2).toLowerCase();
  if (rebuilt !== undefined && toHex(keccak256(rebuilt)) === wanted) return rebuilt;
  const answer = await rpc
    .request("eth_getRawTransactionByHash", [transaction.hash])
    .catch((cause: unknown) => {
      throw sourceLied("transactions", `transaction ${transaction.hash} does not have the hash given`, {
        hash: transaction.hash,
        cause: cause instanceof Error ? cause.message : String(cause),
      });
    });
  const raw = data.safeParse(answer);
  if (!raw.success) throw new SourceError("SourceMalformed", "a raw transaction is not hex data");
  return fromHex(raw.data);
}

function rebuild(transaction: TransactionJson, rules: Common): Uint8Array | undefined {
  try {
    return createTx(normalizeTxParams(transaction), { common: rules, freeze: false }).serialize();
  } catch {
    // A kind of transaction that the library does not know, or a field it refuses: the raw bytes decide.
    return undefined;
  }
}
