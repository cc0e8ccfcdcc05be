import { isDefined, POPS } from "../../../../shared/machine/Gas.js";
import type { Programs } from "../../../../shared/machine/Machine.js";
import { createAddress } from "../../../../shared/machine/CallStage.js";
import { openBlock } from "../../../../shared/machine/openBlock.js";
import { Rules } from "../../../../shared/machine/State.js";
import { fromHex } from "../../../../shared/execution/crypto.js";
import type { WorldJson } from "../../../../shared/execution/worldState.js";
import {
  blake2fInputs,
  bytesInputs,
  modExpInputs,
  msmInputs,
  nativeInputs,
  pairingInputs,
  type PrecompileInput,
} from "../precompiles/inputs.js";
import type { RecordedBlock } from "../../../support/recordedBlocks.js";
import {
  addressOf,
  buildBlock,
  CHAIN_ID,
  keys,
  signAuthorisation,
  signTransaction,
  systemAccounts,
  type BlockPlan,
  type Field,
} from "./buildBlock.js";

/**
 * Blocks made by hand for steps that no test of Ethereum's, fixture or random block here takes: each opcode that cannot be paid or
 * lacks operands, each precompile that succeeds and that fails, and what is rare in the phases.
 */
const [KEY, OTHER] = keys as [Uint8Array, Uint8Array];
const TX_GAS = 16_000_000n;
const RICH = { balance: "0xffffffffffffffffffffffff", nonce: "0x0", code: "0x", storage: {} };
/** Where a block's results do not matter. */
const NO_RESULTS = { stateRoot: "00".repeat(32), gasUsed: 0n };

const hex = (value: bigint, bytes: number): string => value.toString(16).padStart(2 * bytes, "0");
const account = (code: string): WorldJson[string] => ({
  balance: "0xff",
  nonce: "0x1",
  code: `0x${code}`,
  storage: {},
});
const addressAt = (value: bigint): string => `0x${hex(value, 20)}`;

/** Calls an address with this gas and without data, and forgets the answer. */
function callOf(to: bigint, gas: number): string {
  return `5f5f5f5f5f63${hex(to, 4)}61${hex(BigInt(gas), 2)}f150`;
}

function transaction(nonce: number, to: Uint8Array, data: Uint8Array): Uint8Array {
  return signTransaction(0, [BigInt(nonce), 1_000n, TX_GAS, to, 0n, data], KEY);
}

function plan(fork: BlockPlan["fork"], pre: WorldJson, transactions: Uint8Array[]): BlockPlan {
  const world = { ...systemAccounts(fork), [addressOf(KEY)]: RICH, ...pre };
  return { fork, pre: world, transactions, gasLimit: BigInt(transactions.length) * TX_GAS + 30_000_000n };
}

/** Every opcode without operands and gas when it is fetched; every one that is latched without gas when it is tried. */
function failingOpcodes(): BlockPlan {
  const pre: WorldJson = {};
  let driver = "";
  const add = (to: bigint, code: string, gas: number): void => {
    pre[addressAt(to)] = account(code);
    driver += callOf(to, gas);
  };
  for (let op = 1; op < 256; op += 1) {
    if (!isDefined(op, Rules.OSAKA)) continue;
    const pops = POPS[op] as number;
    add(0xb000000n + BigInt(op), hex(BigInt(op), 1), 0);
    add(0xc000000n + BigInt(op), `${"60ff".repeat(pops)}${hex(BigInt(op), 1)}`, 3 * pops);
  }
  // SELFBALANCE takes nothing, and is paid later: only a full stack stops its fetch.
  add(0xd000000n, `${"5f".repeat(1024)}47`, 5_000);
  // The block before the parent is known from the parent's header only.
  add(0xd000001n, "6103e64000", 5_000);
  const to = 0xe000000n;
  pre[addressAt(to)] = account(`${driver}00`);
  return plan("osaka", pre, [transaction(0, fromHex(hex(to, 20)), new Uint8Array())]);
}

function named(inputs: readonly PrecompileInput[], precompile: number, part: string): PrecompileInput {
  const found = inputs.find((input) => input.precompile === precompile && input.name.includes(part));
  if (found === undefined) throw new Error(`no input of ${precompile} is named ${part}`);
  return found;
}

/**
 * Each precompile without gas and with enough, called by a contract, with output and without; and some by a transaction.
 * @param wanted only these, each with enough gas once, in the same world
 */
export function precompiles(wanted?: (precompile: number) => boolean): BlockPlan {
  const native = nativeInputs();
  const inputs = [
    ...[0x01, 0x06, 0x07, 0x0a, 0x0b, 0x0d, 0x10, 0x11, 0x100].map((at) => named(native, at, "good")),
    named(bytesInputs(2, "sha256"), 2, "65 bytes"),
    named(bytesInputs(3, "ripemd160"), 3, "65 bytes"),
    named(bytesInputs(4, "identity"), 4, "65 bytes"),
    named(modExpInputs(), 5, "1, 1, 1 bytes"),
    named(modExpInputs(), 5, "0, 0, 0 bytes"),
    named(blake2fInputs(), 9, "ten rounds"),
    named(msmInputs(), 0x0c, "five pairs"),
    named(msmInputs(), 0x0c, "off the curve"),
    named(msmInputs(), 0x0e, "five pairs"),
    named(msmInputs(), 0x0e, "off the curve"),
    named(pairingInputs(), 8, "no pairs"),
    named(pairingInputs(), 8, "first point off the curve"),
    named(pairingInputs(), 0x0f, "generators"),
    named(pairingInputs(), 0x0f, "first point off the curve"),
  ];
  const pre: WorldJson = {};
  const calls = inputs.map(({ precompile, input }, index) => {
    const to = 0xf000000n + BigInt(index);
    const call = (gas: number, outSize: number): string =>
      `60${hex(BigInt(outSize), 1)}5f365f5f61${hex(BigInt(precompile), 2)}63${hex(BigInt(gas), 4)}f150`;
    // Without output, with output, and again: the output lies over the input, which most precompiles refuse then. The dear ones once.
    const isDear = wanted !== undefined || precompile === 8 || precompile === 0x0f;
    const variants = isDear ? [call(1_000_000, 64)] : [0, 64, 0].map((outSize) => call(1_000_000, outSize));
    pre[addressAt(to)] = account(`365f5f37${call(0, 0)}${variants.join("")}00`);
    return { precompile, to, input };
  });
  const direct = [
    named(bytesInputs(3, "ripemd160"), 3, "65 bytes"),
    { precompile: 0x0a, input: new Uint8Array(1) },
  ].map(({ precompile, input }) => ({ precompile, to: BigInt(precompile), input }));
  const sent = [...calls, ...direct].filter(({ precompile }) => wanted?.(precompile) ?? true);
  const raws = sent.map(({ to, input }, nonce) => transaction(nonce, fromHex(hex(to, 20)), input));
  return plan("osaka", pre, raws);
}

/** A contract that is gone with its transaction, at an address that had a balance: an account leaves the trie. */
function vanishing(): BlockPlan {
  const created = addressAt(createAddress(BigInt(addressOf(KEY)), 0n));
  return plan("osaka", { [created]: { balance: "0x5", nonce: "0x0", code: "0x", storage: {} } }, [
    transaction(0, new Uint8Array(), fromHex("33ff")),
  ]);
}

/** An authority whose code is not known yet. */
function authorisedAgain(): BlockPlan {
  const to = addressAt(0xeen);
  const tuple = signAuthorisation(CHAIN_ID, to, 0n, OTHER);
  const fields: Field[] = [
    CHAIN_ID,
    0n,
    1n,
    1_000n,
    TX_GAS,
    fromHex(to.slice(2)),
    0n,
    new Uint8Array(),
    [],
    [tuple],
  ];
  const authority = { ...RICH, code: `0xef0100${hex(0xddn, 20)}` };
  return plan("osaka", { [addressOf(OTHER)]: authority }, [signTransaction(4, fields, KEY)]);
}

function plans(): [name: string, plan: BlockPlan][] {
  const system = (address: string, code: string): BlockPlan => ({
    ...plan("prague", { [address]: account(code) }, []),
    results: NO_RESULTS,
  });
  const target = fromHex(hex(0xeen, 20));
  return [
    ["opcodes that fail", failingOpcodes()],
    ["precompiles", precompiles()],
    ["a contract that vanishes", vanishing()],
    ["an authority with code", authorisedAgain()],
    ["a system call that reverts", system("0x000f3df6d732807ef1319fb7b8bb8522d0beac02", "5f5ffd")],
    ["a system call that halts", system("0x0000f90827f1c53a10cb7a02335b175320002935", "fe")],
    [
      "a withdrawal of three fields",
      { ...plan("prague", {}, []), withdrawals: [[0n, 1n, target]], results: NO_RESULTS },
    ],
  ];
}

export async function* coverageBlocks(programs: Programs): AsyncGenerator<RecordedBlock> {
  for (const [label, plan] of plans()) {
    const { input } = await buildBlock(plan, programs);
    yield { machine: openBlock(input).machine, input, label };
  }
  // Under Cancun's rules a stepper of any chain takes these steps: the calls before the transactions are passed over by `bounds`.
  const { input: empty } = await buildBlock({ ...plan("cancun", {}, []), results: NO_RESULTS }, programs);
  const input = { ...empty, forks: { ...empty.forks, profile: "hardhat" as const } };
  yield { machine: openBlock(input).machine, input, label: "an empty block of a chain without system calls" };
}
