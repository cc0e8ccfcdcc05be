import type { EVMOpts } from "@ethereumjs/evm";
import * as curves from "./curveCalls.js";
import { NotAPoint } from "./curves.js";
import { BAD_ARGUMENTS, verifyPointEvaluation } from "./pointEvaluation.js";

/**
 * The precompiles of curves as EthereumJS asks for them, by mcl instead of JavaScript: a block full of pairings would take tens of
 * seconds otherwise. EthereumJS has looked at prices, sizes and padding before; whatever throws is to it a call that fails.
 *
 * The library's own `MCLBLS` is not used: it switches checks of its instance of mcl on and off, which others rely on here.
 */
export const curvePrecompiles: Required<Pick<EVMOpts, "bls" | "bn254">> = {
  bn254: {
    add: curves.bn254Add,
    mul: curves.bn254Multiply,
    pairing: (input) => word(curves.bn254Pairing(input)),
  },
  bls: {
    addG1: curves.blsG1Add,
    addG2: curves.blsG2Add,
    msmG1: curves.blsG1Msm,
    msmG2: curves.blsG2Msm,
    mapFPtoG1: curves.blsMapFp,
    mapFP2toG2: curves.blsMapFp2,
    pairingCheck: (input) => word(curves.blsPairing(input)),
  },
};

/**
 * The same, and the point evaluation (EIP-4844), for blocks that a verdict is about: `onFailure` is told what was thrown and says nothing
 * about the input, such as mcl's memory at its end. EthereumJS would take it for a call that fails.
 */
export function watchedCurves(onFailure: (error: unknown) => void) {
  const watch =
    <I extends unknown[], O>(ask: (...input: I) => O, isRefusal: (error: unknown) => boolean) =>
    (...input: I): O => {
      try {
        return ask(...input);
      } catch (error) {
        if (!isRefusal(error)) onFailure(error);
        throw error;
      }
    };
  const watchAll = <T extends object>(calls: T): T =>
    Object.fromEntries(
      Object.entries(calls).map(([name, ask]) => [
        name,
        watch(ask as (input: Uint8Array) => Uint8Array, isNoPoint),
      ]),
    ) as T;
  const { bn254, bls } = curvePrecompiles;
  return {
    curves: { bn254: watchAll(bn254), bls: watchAll(bls) },
    verifyPointEvaluation: watch(verifyPointEvaluation, isBadArgument),
  };
}

function isNoPoint(error: unknown): boolean {
  return error instanceof NotAPoint;
}

function isBadArgument(error: unknown): boolean {
  return error instanceof Error && error.message === BAD_ARGUMENTS;
}

function word(verdict: boolean): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[31] = verdict ? 1 : 0;
  return bytes;
}
