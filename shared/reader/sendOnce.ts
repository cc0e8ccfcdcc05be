import { interfaces } from "../chain/contracts.js";
import type { Receipt } from "../chain/transactions.js";
import { addressOf, type Manifest, type ManifestContract } from "../chain/manifest.js";
import { describeRevert } from "../chain/reverts.js";
import type { Sender } from "../chain/sender.js";
import { OptisyncError } from "../runtime/errors.js";

/** One transaction that a person asked for. */
export interface Request {
  contract: ManifestContract & keyof typeof interfaces;
  name: string;
  args: readonly unknown[];
  valueWei?: bigint;
}

/**
 * Sends a transaction and waits for it; undefined on a dry run.
 * @throws as `sendCall`
 */
export async function sendOnce(
  { contract, name, args, valueWei }: Request,
  { manifest, sender }: { manifest: Manifest; sender: Sender },
): Promise<Receipt | undefined> {
  const data = interfaces[contract].encodeFunctionData(name, [...args]);
  return sendCall({ to: addressOf(manifest, contract), data, label: name, valueWei }, sender);
}

/**
 * The same for a call that is encoded already.
 * @throws OptisyncError `Reverted` (halt) with the contract's error, `Displaced` (retry) if another transaction of
 * the same key took its place.
 */
export async function sendCall(
  {
    to,
    data,
    label,
    valueWei = 0n,
  }: { to: string; data: string; label: string; valueWei?: bigint | undefined },
  sender: Sender,
): Promise<Receipt | undefined> {
  const outcome = await sender.send({ to, data, value: valueWei, label, key: label });
  switch (outcome.kind) {
    case "confirmed":
      return outcome.receipt;
    case "dryRun":
      return undefined;
    case "reverted":
      throw new OptisyncError("Reverted", `${label} is not possible: ${describeRevert(outcome.revert)}`, {
        action: "halt",
        details: { function: label, revert: outcome.revert.name, args: outcome.revert.args },
      });
    case "displaced":
      throw new OptisyncError("Displaced", `another transaction of this key took the place of ${label}`, {
        action: "retry",
        details: { function: label, nonce: outcome.nonce },
      });
  }
}
