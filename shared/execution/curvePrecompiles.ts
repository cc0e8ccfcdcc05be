import type { EVMOpts } from "@ethereumjs/evm";
import * as curves from "./curveCalls.js";

/**
 * The precompiles of curves as EthereumJS asks for them, by mcl instead of JavaScript: a block full of pairings would take tens of
 * seconds otherwise. EthereumJS has looked at prices, sizes and padding before; whatever throws is a call that fails.
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

function word(verdict: boolean): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[31] = verdict ? 1 : 0;
  return bytes;
}
