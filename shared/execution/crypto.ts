import type { CustomCrypto } from "@ethereumjs/common";
import { createKeccak } from "hash-wasm";

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
