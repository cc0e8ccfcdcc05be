import type { CustomCrypto } from "@ethereumjs/common";
import { ecrecover, setLengthLeft } from "@ethereumjs/util";
import { createKeccak } from "hash-wasm";
import { recover } from "tiny-secp256k1";

// Instantiating the WebAssembly module is asynchronous, hashing afterwards is not: one instance per process.
const hasher = await createKeccak(256);

/** Keccak-256, 32 bytes. WebAssembly: about twice the speed of the portable implementation on whole blocks. */
export function keccak256(data: Uint8Array): Uint8Array {
  return hasher.init().update(data).digest("binary");
}

/** Lower-case hex of `bytes`, without prefix: the form in which maps here are keyed. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Bytes of a hex string with or without `0x`. */
export function fromHex(hex: string): Uint8Array {
  const digits = hex.startsWith("0x") ? hex.slice(2) : hex;
  return Uint8Array.from(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex"));
}

/**
 * The public key (64 bytes) behind a signature, as `ecrecover` of EthereumJS: WebAssembly, about five times as fast.
 * Whatever the fast way does not recover is left to the library, which decides about everything unusual.
 */
export function recoverPublicKey(
  messageHash: Uint8Array,
  v: bigint,
  r: Uint8Array,
  s: Uint8Array,
  chainId?: bigint,
): Uint8Array {
  const parity = v === 0n || v === 1n ? v : chainId === undefined ? v - 27n : v - (chainId * 2n + 35n);
  if ((parity === 0n || parity === 1n) && r.length <= 32 && s.length <= 32) {
    const key = tryRecover(
      messageHash,
      Buffer.concat([setLengthLeft(r, 32), setLengthLeft(s, 32)]),
      parity === 0n,
    );
    if (key !== undefined) return key;
  }
  return ecrecover(messageHash, v, r, s, chainId);
}

function tryRecover(messageHash: Uint8Array, signature: Uint8Array, isEven: boolean): Uint8Array | undefined {
  try {
    return recover(messageHash, signature, isEven ? 0 : 1, false)?.slice(1);
  } catch {
    return undefined;
  }
}

const noBlobProofs = () => {
  throw new Error("blob proofs are not part of executing a block");
};

/**
 * The cryptography EthereumJS is given. A KZG object must exist for blob transactions to be decoded at all,
 * although decoding never calls it; only the point evaluation precompile (EIP-4844) does.
 */
export function executionCrypto(verifyPointEvaluation: KzgVerify): CustomCrypto {
  return {
    keccak256,
    ecrecover: recoverPublicKey,
    kzg: {
      blobToKzgCommitment: noBlobProofs,
      computeBlobProof: noBlobProofs,
      verifyProof: verifyPointEvaluation,
      verifyBlobProofBatch: noBlobProofs,
      computeCells: noBlobProofs,
      computeCellsAndProofs: noBlobProofs,
      recoverCellsAndProofs: noBlobProofs,
      verifyCellKzgProofBatch: noBlobProofs,
    },
  };
}

/** Does `proof` show that the polynomial under `commitment` has value `y` at `z`? All are 0x hex strings. */
export type KzgVerify = (commitment: string, z: string, y: string, proof: string) => boolean;
