import { describeRevert } from "../chain/reverts.js";
import type { Sender, SendRequest } from "../chain/sender.js";
import { readHead, readNonce, type JsonRpc } from "../chain/transactions.js";
import { OptisyncError } from "../runtime/errors.js";
import { sleep } from "../runtime/shutdown.js";
import { halt } from "./errors.js";

/**
 * Waits until the pool holds nothing of this key: what an earlier life left there may be the very step that would be
 * decided next.
 * @returns A block of B by which all of it was mined.
 */
export async function awaitOwnTransactions(
  rpc: JsonRpc,
  address: string,
  pollMs: number,
  signal: AbortSignal,
): Promise<bigint> {
  for (;;) {
    const mined = await readNonce(rpc, address, "latest");
    const known = await readNonce(rpc, address, "pending");
    const { number } = await readHead(rpc);
    if (known <= mined) return number;
    await sleep(pollMs, signal);
  }
}

/**
 * Sends one step and waits until it is confirmed.
 * @returns Block of B in which it is.
 * @throws OptisyncError `MirrorRefused` (halt) with the contract's error, `DryRunEnded` (halt), `Displaced` (retry) if
 * another transaction of the same key took its place.
 */
export async function sendStep(sender: Sender, request: SendRequest): Promise<bigint> {
  const { label } = request;
  const outcome = await sender.send(request);
  switch (outcome.kind) {
    case "confirmed":
      return outcome.receipt.blockNumber;
    case "reverted":
      throw halt("MirrorRefused", `${label} is not possible: ${describeRevert(outcome.revert)}`, {
        function: label,
        revert: outcome.revert,
      });
    case "dryRun":
      throw halt("DryRunEnded", `${label} would be sent; what follows depends on it`, { function: label });
    case "displaced":
      throw new OptisyncError("Displaced", `another transaction of this key took the place of ${label}`, {
        action: "retry",
        details: { function: label, nonce: outcome.nonce },
      });
  }
}
