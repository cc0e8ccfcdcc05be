/**
 * Blocks that call every precompile: with what it takes and what it refuses, with the exact price and one gas less, from
 * memory that is not aligned, with value, and without a contract in between. Made by hand, executed by EthereumJS as well.
 */
import type { ForkName } from "../../../shared/execution/forks.js";
import type { Programs } from "../../../shared/machine/Machine.js";
import * as Prices from "../../../shared/machine/precompiles/Prices.js";
import {
  blake2fInputs,
  bytesInputs,
  join,
  modExpInputs,
  msmInputs,
  nativeInputs,
  pairingInputs,
  toBytes,
  toInteger,
  type PrecompileInput,
} from "./precompiles/inputs.js";
import {
  addressOf,
  buildBlock,
  keys,
  signTransaction,
  systemAccounts,
  type BuiltBlock,
} from "./support/buildBlock.js";

export interface PrecompileBlock extends BuiltBlock {
  name: string;
}

/** One transaction. */
interface Call {
  readonly name: string;
  readonly precompile: number;
  readonly input: Uint8Array;
  /** For the precompile; ample unless told. */
  readonly gas?: bigint;
  readonly value?: bigint;
  /** Where the input lies in memory. */
  readonly offset?: number;
  /** The transaction goes to the precompile itself. */
  readonly isDirect?: boolean;
}

const AMPLE_GAS = 10_000_000n;
const TX_GAS = 16_000_000n;
const KEY = keys[0] as Uint8Array;

// --- Prices, as the tests understand them -----------------------------------------------------------------------------

function priceOf({ precompile, input }: PrecompileInput, rules: number): bigint {
  const size = BigInt(input.length);
  switch (precompile) {
    case Prices.SHA256:
    case Prices.RIPEMD160:
    case Prices.IDENTITY:
      return Prices.ofBytes(precompile, size);
    case Prices.MODEXP:
      return modExpPrice(input, rules);
    case Prices.BLAKE2F:
      return toInteger(input.slice(0, 4));
    case Prices.BN254_PAIRING:
      return Prices.ofPairs(precompile, size / 192n);
    case Prices.BLS_PAIRING:
      return Prices.ofPairs(precompile, size / 384n);
    case Prices.BLS_G1_MSM:
      return Prices.ofPairs(precompile, size / 160n);
    case Prices.BLS_G2_MSM:
      return Prices.ofPairs(precompile, size / 288n);
    default:
      return Prices.ofCall(precompile);
  }
}

/** Of an input whose lengths are small. */
export function modExpPrice(input: Uint8Array, rules: number): bigint {
  const length = (at: number): bigint => toInteger(join(input, new Uint8Array(96)).slice(at, at + 32));
  const [base, exponent, modulus] = [length(0), length(32), length(64)];
  const tail = join(input.slice(96 + Number(base)), new Uint8Array(32));
  const head = toInteger(tail.slice(0, exponent < 32n ? Number(exponent) : 32));
  return Prices.ofModExp(base, exponent, modulus, head, rules);
}

/** The inputs as they are, and a good one in other circumstances. */
function callsOf(inputs: readonly PrecompileInput[], typical: PrecompileInput, rules: number): Call[] {
  const price = priceOf(typical, rules);
  const { precompile, input, name } = typical;
  const other = (what: string, change: Partial<Call>): Call => ({
    precompile,
    input,
    name: `${name}, ${what}`,
    ...change,
  });
  return [
    ...inputs,
    other("the exact price", { gas: price }),
    other("one gas less", { gas: price - 1n }),
    other("no gas", { gas: 0n }),
    other("from unaligned memory", { offset: 7 }),
    other("with value", { value: 1n }),
    other("called by a transaction", { isDirect: true }),
  ];
}

// --- Blocks -----------------------------------------------------------------------------------------------------------

/**
 * Copies its input to memory, calls the precompile, and stores whether that succeeded, the hash and the size of what it
 * returned, and the first word that it wrote to memory.
 */
function caller({ precompile, gas = AMPLE_GAS, value = 0n, offset = 0 }: Call): string {
  const push = (size: number, number: bigint): string =>
    (0x5f + size).toString(16) + number.toString(16).padStart(2 * size, "0");
  const at = push(1, BigInt(offset));
  return [
    ["36", "5f", at, "37"],
    [push(1, 64n), "5f", "36", at, push(1, value), push(2, BigInt(precompile)), push(4, gas), "f1"],
    ["5f", "55", "3d", "5f", "5f", "3e", "3d", "5f", "20", push(1, 1n), "55"],
    ["3d", push(1, 2n), "55", "5f", "51", push(1, 3n), "55", "00"],
  ]
    .flat()
    .join("");
}

async function blockOf(
  name: string,
  fork: ForkName,
  calls: readonly Call[],
  programs: Programs,
): Promise<PrecompileBlock> {
  const pre = systemAccounts(fork);
  pre[addressOf(KEY)] = { balance: "0xffffffffffffffffffffffff", nonce: "0x0", code: "0x", storage: {} };
  const transactions = calls.map((call, index) => {
    const to = call.isDirect === true ? BigInt(call.precompile) : 0xca11000n + BigInt(index);
    const address = `0x${to.toString(16).padStart(40, "0")}`;
    if (call.isDirect !== true)
      pre[address] = { balance: "0xff", nonce: "0x1", code: `0x${caller(call)}`, storage: {} };
    return signTransaction(
      0,
      [BigInt(index), 1_000n, TX_GAS, toBytes(to, 20), call.value ?? 0n, call.input],
      KEY,
    );
  });
  const gasLimit = BigInt(calls.length) * TX_GAS + 30_000_000n;
  const built = await buildBlock({ fork, pre, transactions, gasLimit }, programs);
  return { name, ...built };
}

const FORKS: readonly ForkName[] = ["cancun", "prague", "osaka"];

function named(inputs: readonly PrecompileInput[], part: string): PrecompileInput {
  const found = inputs.find(({ name }) => name.includes(part));
  if (found === undefined) throw new Error(`no input is named ${part}`);
  return found;
}

/** The blocks, one by one. */
export async function* precompileBlocks(programs: Programs): AsyncGenerator<PrecompileBlock> {
  const of = (inputs: readonly PrecompileInput[], precompile: number): PrecompileInput[] =>
    inputs.filter((input) => input.precompile === precompile);
  const make = (
    name: string,
    inputs: readonly PrecompileInput[],
    typical: string,
    fork: ForkName = "osaka",
  ): Promise<PrecompileBlock> =>
    blockOf(name, fork, callsOf(inputs, named(inputs, typical), FORKS.indexOf(fork)), programs);

  const native = nativeInputs();
  for (const [name, precompile] of [
    ["ecrecover", Prices.ECRECOVER],
    ["bn254 add", Prices.BN254_ADD],
    ["bn254 multiply", Prices.BN254_MULTIPLY],
    ["point evaluation", Prices.POINT_EVALUATION],
    ["g1 add", Prices.BLS_G1_ADD],
    ["g2 add", Prices.BLS_G2_ADD],
    ["map to g1", Prices.BLS_MAP_FP_TO_G1],
    ["map to g2", Prices.BLS_MAP_FP2_TO_G2],
    ["p256", Prices.P256_VERIFY],
  ] as const)
    yield await make(name, of(native, precompile), "good");
  yield await make("sha256", bytesInputs(Prices.SHA256, "sha256"), "65 bytes");
  yield await make("ripemd160", bytesInputs(Prices.RIPEMD160, "ripemd160"), "65 bytes");
  yield await make("identity", bytesInputs(Prices.IDENTITY, "identity"), "65 bytes");
  yield await make("modexp, before Osaka", modExpInputs(), "40, 2, 40", "prague");
  yield await make("modexp", modExpInputs(), "40, 2, 40");
  yield await make("blake2f", blake2fInputs(), "twelve rounds");
  yield await make("g1 msm", of(msmInputs(), Prices.BLS_G1_MSM), "five pairs");
  yield await make("g2 msm", of(msmInputs(), Prices.BLS_G2_MSM), "five pairs");
  yield await make("bn254 pairing", of(pairingInputs(), Prices.BN254_PAIRING), "two pairs, product 1");
  yield await make("bls pairing", of(pairingInputs(), Prices.BLS_PAIRING), "two pairs, product 1");
  // Addresses that become precompiles later are accounts without code.
  const later = [...of(native, Prices.BLS_G1_ADD), ...of(native, Prices.P256_VERIFY)];
  yield await make("later precompiles, under Cancun", later, "good", "cancun");
}
