import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AbiCoder, keccak256 } from "ethers";
import {
  hashMachine,
  isPrecompile,
  MACHINE_TYPE,
  MACHINE_WORDS,
  machineFromWords,
  machineWords,
  Rules,
  type MachineState,
} from "../../../shared/machine/State.js";
import {
  decodeProof,
  encodeProof,
  pagesOf,
  PAGE_BYTES,
  type StepProof,
} from "../../../shared/machine/Proof.js";

const coder = AbiCoder.defaultAbiCoder();
/** The type as the library takes integers for it; the encoding is the same. */
const NUMERIC_TYPE = MACHINE_TYPE.replaceAll("bytes32", "uint256")
  .replaceAll("bool", "uint8")
  .replaceAll("address", "uint160");

/** Each field another value; the only signed one is negative. */
const machine: MachineState = {
  ...machineFromWords(Array.from({ length: MACHINE_WORDS }, (_, index) => BigInt(index + 1))),
};
const signed: MachineState = {
  ...machine,
  phase: 6n,
  frame: { ...machine.frame, refund: -4800n, isStatic: 1n },
};

describe("the state of the machine", () => {
  it("is encoded as Solidity encodes the struct", () => {
    const encoded = coder.encode([NUMERIC_TYPE], [signed]);
    assert.equal(hashMachine(signed), BigInt(keccak256(encoded)));
    assert.equal((encoded.length - 2) / 64, MACHINE_WORDS);
  });

  it("is read back from its words, negative refunds included", () => {
    const encoded = coder.encode([NUMERIC_TYPE], [signed]).slice(2);
    const words = Array.from({ length: MACHINE_WORDS }, (_, index) =>
      BigInt(`0x${encoded.slice(64 * index, 64 * index + 64)}`),
    );
    assert.deepEqual(machineFromWords(words), signed);
    assert.equal(machineWords(signed).length, MACHINE_WORDS);
  });

  it("knows the precompiles of each fork", () => {
    const known = (rules: Rules): number[] =>
      Array.from({ length: 0x110 }, (_, address) => address).filter((address) =>
        isPrecompile(BigInt(address), rules),
      );
    const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
    assert.deepEqual(known(Rules.CANCUN), upTo(0x0a));
    assert.deepEqual(known(Rules.PRAGUE), upTo(0x11));
    assert.deepEqual(known(Rules.OSAKA), [...upTo(0x11), 0x100]);
  });
});

describe("a proof", () => {
  const proof: StepProof = {
    machine: signed,
    words: [0n, 1n, 2n ** 256n - 1n],
    blobs: [new Uint8Array(), new Uint8Array(31).fill(7), new Uint8Array(64).fill(9)],
    pages: [0xabcn],
  };

  it("is encoded as the ABI wants it", () => {
    const encoded = coder.encode(
      [NUMERIC_TYPE, "bytes32[]", "bytes[]", "address[]"],
      [
        proof.machine,
        proof.words.map((word) => `0x${word.toString(16).padStart(64, "0")}`),
        proof.blobs,
        proof.pages.map((page) => `0x${page.toString(16).padStart(40, "0")}`),
      ],
    );
    assert.equal(`0x${Buffer.from(encodeProof(proof)).toString("hex")}`, encoded);
  });

  it("is read back", () => {
    const read = decodeProof(encodeProof(proof));
    assert.deepEqual(read, proof);
  });

  it("is not read from anything else", () => {
    const encoded = encodeProof(proof);
    for (const size of [0, 32, 32 * MACHINE_WORDS, encoded.length - 32, encoded.length - 1])
      assert.throws(() => decodeProof(encoded.subarray(0, size)), RangeError);
    assert.throws(() => decodeProof(Buffer.concat([encoded, new Uint8Array(32)])), RangeError);
    const far = encoded.slice();
    far.fill(0xff, 32 * MACHINE_WORDS, 32 * MACHINE_WORDS + 32);
    assert.throws(() => decodeProof(far), RangeError);
  });

  it("hands its last blob over in pages just if it is large", () => {
    assert.deepEqual(pagesOf(proof).pages, []);
    const last = new Uint8Array(120_000).map((_, index) => index % 251);
    const split = pagesOf({ ...proof, blobs: [new Uint8Array(3), last] });
    assert.deepEqual(split.proof.blobs, [new Uint8Array(3)]);
    assert.ok(split.pages.every((page) => page.length <= PAGE_BYTES));
    assert.deepEqual(Buffer.concat(split.pages), Buffer.from(last));
  });
});
