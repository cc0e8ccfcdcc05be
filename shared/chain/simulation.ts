import type { Revert, RevertDecoder } from "./reverts.js";
import { toBigint, toQuantity, type JsonRpc } from "./transactions.js";

/** A call as a node understands it. Without `to` it creates a contract. */
export interface Call {
  to?: string | undefined;
  data?: string | undefined;
  /** Wei. */
  value?: bigint | undefined;
  /** The call counts as reverting if it needs more gas than this. */
  maxGas?: bigint | undefined;
}

export type Simulation = { kind: "passes"; gasLimit: bigint } | { kind: "reverts"; revert: Revert };

/** The most gas one transaction may ask for since Osaka (EIP-7825). */
const TRANSACTION_GAS_CAP = 1n << 24n;

/**
 * Executes a call at the head of B without sending it.
 *
 * The gas limit is the node's estimate and a fifth on top, since the state may move before inclusion, but never more
 * than a block takes. Errors that are no reverts are passed on: then nothing is known.
 */
export async function simulate(
  rpc: JsonRpc,
  decoder: RevertDecoder,
  from: string,
  call: Call,
  blockGasLimit: bigint,
): Promise<Simulation> {
  const request = {
    from,
    ...(call.to === undefined ? {} : { to: call.to }),
    data: call.data ?? "0x",
    value: toQuantity(call.value ?? 0n),
    ...(call.maxGas === undefined ? {} : { gas: toQuantity(call.maxGas) }),
  };
  try {
    await rpc.send("eth_call", [request, "latest"]);
    // Without a tag some nodes estimate on the pending block, where our own waiting transaction is already done.
    const estimate = toBigint(await rpc.send("eth_estimateGas", [request, "latest"]), "gas estimate");
    return { kind: "passes", gasLimit: limitGas(estimate, blockGasLimit) };
  } catch (error) {
    const revert = decoder.fromError(error);
    if (revert === undefined) throw error;
    return { kind: "reverts", revert };
  }
}

/** Why a mined transaction failed: the same call on the states after and before its block, as near as a node can tell. */
export async function explainFailure(
  rpc: JsonRpc,
  decoder: RevertDecoder,
  from: string,
  call: Call,
  mined: { blockNumber: bigint; gasUsed: bigint; gasLimit: bigint },
): Promise<Revert> {
  const request = { from, to: call.to, data: call.data ?? "0x", value: toQuantity(call.value ?? 0n) };
  for (const block of [mined.blockNumber, mined.blockNumber - 1n]) {
    try {
      await rpc.send("eth_call", [{ ...request, gas: toQuantity(mined.gasLimit) }, toQuantity(block)]);
    } catch (error) {
      const revert = decoder.fromError(error);
      if (revert !== undefined) return revert;
    }
  }
  if (mined.gasUsed === mined.gasLimit) return { name: "OutOfGas", args: {}, selector: "0x", data: "0x" };
  return decoder.fromData("0x");
}

function limitGas(estimate: bigint, blockGasLimit: bigint): bigint {
  const generous = (estimate * 12n) / 10n;
  const cap =
    estimate <= TRANSACTION_GAS_CAP && blockGasLimit > TRANSACTION_GAS_CAP
      ? TRANSACTION_GAS_CAP
      : blockGasLimit;
  return generous < cap ? generous : cap;
}
