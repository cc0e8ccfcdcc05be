/**
 * Writes `test/vectors/machine/precompiles/*.json`: what the machine's precompile libraries must say in both languages:
 * prices, blocks of SHA-256, rounds of BLAKE2F, sums, pairs and bits of pairings, and what B's own precompiles answer.
 * Deterministic; run with `npx tsx tools/vectors/precompiles.ts`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import * as Blake2f from "../../shared/machine/precompiles/Blake2f.js";
import * as Msm from "../../shared/machine/precompiles/Msm.js";
import * as Native from "../../shared/machine/precompiles/Native.js";
import * as Pairing from "../../shared/machine/precompiles/Pairing.js";
import * as Prices from "../../shared/machine/precompiles/Prices.js";
import * as Sha256 from "../../shared/machine/precompiles/Sha256.js";
import { encodeWords, toBytes32 } from "../../shared/machine/State.js";
import {
  blake2fInputs,
  blsPairs,
  bnPairs,
  bytesOf,
  integerOf,
  msmInputs,
  nativeInputs,
  pairingInputs,
} from "../../test/shared/machine/precompiles/inputs.js";

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
const word = (value: bigint): string => hex(toBytes32(value));

const FIXED_SIZES = new Map([
  [Prices.ECRECOVER, 128],
  [Prices.BN254_ADD, 128],
  [Prices.BN254_MULTIPLY, 96],
]);

function nativeVectors() {
  const exact = new Map([
    [Prices.BLS_G1_ADD, 256],
    [Prices.BLS_G2_ADD, 512],
  ]);
  const inputs = [...nativeInputs(), ...pairingInputs()].filter(
    ({ precompile, input }) => input.length === (exact.get(precompile) ?? input.length),
  );
  return inputs.map(({ name, precompile, input }) => {
    const size = FIXED_SIZES.get(precompile) ?? input.length;
    const fitted = new Uint8Array(size);
    fitted.set(input.subarray(0, size));
    const output = Native.run(precompile, fitted);
    return {
      name,
      precompile,
      input: hex(fitted),
      success: output !== undefined,
      output: hex(output ?? new Uint8Array()),
    };
  });
}

function sha256Vectors() {
  return Array.from({ length: 8 }, (_, index) => {
    const [chaining, first, second] = ["c", "f", "s"].map((part) => integerOf(`sha256 ${part} ${index}`)) as [
      bigint,
      bigint,
      bigint,
    ];
    return {
      chaining: word(chaining),
      first: word(first),
      second: word(second),
      next: word(Sha256.compress(chaining, first, second)),
    };
  });
}

function padVectors() {
  return [0, 1, 31, 32, 55, 56, 63, 64, 119, 120].flatMap((size) =>
    Array.from({ length: 2 * Sha256.blocks(size) }, (_, index) => {
      const kept = Math.max(0, Math.min(32, size - 32 * index));
      const message = new Uint8Array(32);
      message.set(bytesOf("pad", kept));
      const value = BigInt(hex(message));
      return {
        size,
        offset: 32 * index,
        word: word(value),
        padded: word(Sha256.pad(value, 32 * index, size)),
      };
    }),
  );
}

function blake2fVectors() {
  return blake2fInputs()
    .filter(({ input }) => Blake2f.isValid(input) && Blake2f.roundCount(input) < 100)
    .map(({ name, input }) => {
      const state = Blake2f.start(input);
      const states = [hex(encodeWords(Blake2f.stateWords(state)))];
      for (let number = 0; number < Blake2f.roundCount(input); number += 1) {
        Blake2f.rounds(state, number, number + 1);
        states.push(hex(encodeWords(Blake2f.stateWords(state))));
      }
      return { name, input: hex(input), states, output: hex(Blake2f.finish(state)) };
    });
}

function msmVectors() {
  return msmInputs()
    .filter(({ precompile, input }) => input.length > 0 && input.length % Msm.pairSize(precompile) === 0)
    .map(({ name, precompile, input }) => {
      const size = Msm.pairSize(precompile);
      let sum: Uint8Array | undefined = Msm.zero(precompile);
      let pairs = 0;
      for (; sum !== undefined && size * pairs < input.length; pairs += 1)
        sum = Msm.add(precompile, sum, input.subarray(size * pairs, size * (pairs + 1)));
      return {
        name,
        precompile,
        input: hex(input),
        pairs,
        valid: sum !== undefined,
        sum: hex(sum ?? new Uint8Array()),
      };
    });
}

/** One pair all the way through its loop, and the exponent: a few bits of each, both zeros and ones. */
function pairingVectors() {
  const vectors = [];
  for (const [precompile, pair] of [
    [Prices.BN254_PAIRING, bnPairs([3n, 5n])],
    [Prices.BLS_PAIRING, blsPairs([3n, 5n])],
  ] as const) {
    const curve = Pairing.curve(precompile);
    const encode = (state: Pairing.PairingState): string => hex(encodeWords(Pairing.stateWords(state)));
    let state = Pairing.load(Pairing.start(curve), curve, pair).state;
    const loaded = encode(state);
    const steps = [];
    for (let bit = curve.loopBits - 2; bit >= 0; bit -= 1) {
      const next = Pairing.millerBits(state, curve, bit + 1, bit);
      if (bit < 2 || bit > curve.loopBits - 5 || bit % 29 === 0)
        steps.push({ isMiller: true, bit, before: encode(state), after: encode(next) });
      state = next;
    }
    state = Pairing.startPower(state, curve);
    for (let bit = curve.exponentBits - 1; bit >= 0; bit -= 1) {
      const next = Pairing.exponentBits(state, curve, bit + 1, bit);
      if (bit < 2 || bit > curve.exponentBits - 3 || bit % 997 === 0)
        steps.push({ isMiller: false, bit, before: encode(state), after: encode(next) });
      state = next;
    }
    vectors.push({
      precompile,
      pair: hex(pair),
      loaded,
      steps,
      stepCount: steps.length,
      last: encode(state),
    });
  }
  return vectors;
}

function priceVectors() {
  const bytes = [2, 3, 4].flatMap((precompile) =>
    [0, 1, 32, 33, 1000].map((size) => ({
      precompile,
      size,
      price: Number(Prices.ofBytes(precompile, BigInt(size))),
    })),
  );
  const pairs = [8, 12, 14, 15].flatMap((precompile) =>
    [1, 2, 3, 17, 127, 128, 129, 500].map((count) => ({
      precompile,
      size: count,
      price: Number(Prices.ofPairs(precompile, BigInt(count))),
    })),
  );
  const huge = 2n ** 256n - 1n;
  const modExp = [0, 2].flatMap((rules) =>
    (
      [
        [0n, 0n, 0n, 0n],
        [0n, huge, 0n, 0n],
        [1n, 1n, 1n, 255n],
        [32n, 32n, 32n, huge],
        [33n, 33n, 33n, 1n],
        [40n, 2n, 40n, 0xffffn],
        [1024n, 1024n, 1024n, huge],
        [0n, 1024n, 8n, 0n],
        [huge, 1n, 1n, 0n],
        [1n, huge, 1n, 0n],
        [1n, 1n, huge, 0n],
        [2n ** 32n - 1n, 2n ** 64n - 1n, 1n, huge],
      ] as const
    ).map(([base, exponent, modulus, head]) => ({
      lengths: hex(encodeWords([base, exponent, modulus, head])),
      rules,
      price: word(Prices.ofModExp(base, exponent, modulus, head, rules)),
    })),
  );
  return { bytes, pairs, modExp };
}

const prices = priceVectors();
const files = {
  prices: {
    ...prices,
    ...Object.fromEntries(Object.entries(prices).map(([name, list]) => [`${name}Count`, list.length])),
  },
  native: { native: nativeVectors(), nativeCount: nativeVectors().length },
  hashes: {
    sha256: sha256Vectors(),
    sha256Count: sha256Vectors().length,
    pad: padVectors(),
    padCount: padVectors().length,
    blake2f: blake2fVectors(),
    blake2fCount: blake2fVectors().length,
  },
  msm: { msm: msmVectors(), msmCount: msmVectors().length },
  pairing: { pairing: pairingVectors(), pairingCount: 2 },
};

const folder = new URL("../../test/vectors/machine/precompiles/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, vectors] of Object.entries(files))
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(vectors, null, 2)}\n`);
