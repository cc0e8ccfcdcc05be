import { fromHex } from "../../../../shared/execution/crypto.js";
import type { WorldJson } from "../../../../shared/execution/worldState.js";
import type { Programs } from "../../../../shared/machine/Machine.js";
import type { BlockInput } from "../../../../shared/machine/openBlock.js";
import {
  addressOf,
  buildBlock,
  CHAIN_ID,
  keys,
  signAuthorisation,
  signTransaction,
  systemAccounts,
  type BlockPlan,
} from "./buildBlock.js";

/**
 * Blocks made by hand about codes: words, ends and jumps of them; codes that one block makes and runs; the largest there are.
 */
const [KEY, AUTHORITY, SECOND] = keys as [Uint8Array, Uint8Array, Uint8Array];
const RICH = { balance: "0xffffffffffffffffffffffff", nonce: "0x0", code: "0x", storage: {} };
const TX_GAS = 16_000_000n;
const MAX_CODE = 24_576;
const MAX_INIT_CODE = 49_152;
/** The contract that a transaction calls. */
const DRIVER = 0xd0n;
const JUMPDEST = "5b";

const hex = (value: bigint | number, bytes: number): string => value.toString(16).padStart(2 * bytes, "0");
const addressAt = (value: bigint): string => `0x${hex(value, 20)}`;
const account = (code: string): WorldJson[string] => ({
  balance: "0x0",
  nonce: "0x1",
  code: `0x${code}`,
  storage: {},
});
const push = (value: bigint | number, bytes: number): string => `${hex(0x5f + bytes, 1)}${hex(value, bytes)}`;
const word = (value: bigint | number): string => push(value, 32);

/** Puts what is on top of the stack into a slot of its own. */
function storing(): (code: string) => string {
  let slot = 0;
  return (code) => `${code}${push((slot += 1), 2)}55`;
}

/** Calls a contract with one word, and leaves whether it succeeds. */
const callWith = (to: bigint, argument: bigint, gas = 100_000): string =>
  `${word(argument)}5f52${push(0, 1)}5f60205f5f${push(to, 20)}${push(gas, 3)}f1`;

function transaction(nonce: number, to: Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array {
  return signTransaction(0, [BigInt(nonce), 1_000n, TX_GAS, to, 0n, data], KEY);
}

/** Transactions that call the driver, one or more. */
function plan(pre: WorldJson, driver: string, transactions?: Uint8Array[]): BlockPlan {
  const sent = transactions ?? [transaction(0, fromHex(hex(DRIVER, 20)))];
  return {
    fork: "osaka",
    pre: {
      ...systemAccounts("osaka"),
      [addressOf(KEY)]: RICH,
      [addressAt(DRIVER)]: { ...account(driver), balance: "0xffff" },
      ...pre,
    },
    transactions: sent,
    gasLimit: BigInt(sent.length) * TX_GAS + 30_000_000n,
  };
}

/** PUSHes before, at and behind the end of a word, and before the end of the code. */
function pushes(): BlockPlan {
  const pre: WorldJson = {};
  const store = storing();
  let driver = "";
  let next = 0x1000n;
  for (const at of [0, 1, 29, 30, 31, 32, 33, 63])
    for (const size of [1, 2, 3, 31, 32]) {
      const data = Array.from({ length: size }, (_, index) => hex(0xa0 + index, 1)).join("");
      const opcode = hex(0x5f + size, 1);
      // Whole, with all of its data cut off, and with some.
      const before = JUMPDEST.repeat(at);
      for (const code of [
        `${before}${opcode}${data}5f5500`,
        `${before}${opcode}`,
        `${before}${opcode}${data.slice(2)}`,
      ]) {
        pre[addressAt(next)] = account(code);
        driver += store(callWith(next, 0n));
        next += 1n;
      }
    }
  return plan(pre, driver);
}

/** Jumps to what is a JUMPDEST and to what only looks like one, at the ends of words of the code and of the bitmap. */
function jumps(): BlockPlan {
  const textures: string[] = [];
  for (const [at, opcode] of [
    // No PUSH at all, then PUSHes with data around the places that are jumped to.
    [600, "00"],
    [254, "60"],
    [255, "60"],
    [255, "61"],
    [256, "60"],
    [230, "7f"],
    [223, "7f"],
    [224, "7f"],
    [509, "61"],
    [599, "60"],
  ] as const) {
    // The word of the call is the target.
    const code = `5f3556${JUMPDEST.repeat(600)}`;
    textures.push(code.slice(0, 2 * at) + opcode + code.slice(2 * (at + 1)));
  }
  const pre: WorldJson = {};
  const store = storing();
  let driver = "";
  textures.forEach((code, index) => {
    const to = 0x2000n + BigInt(index);
    pre[addressAt(to)] = account(code);
    const size = BigInt(code.length / 2);
    for (const target of [0n, 3n, 255n, 256n, 257n, 511n, 512n, size - 1n, size, 2n ** 24n, 2n ** 256n - 1n])
      driver += store(callWith(to, target));
  });
  return plan(pre, driver);
}

/** Sizes, copies and hashes of codes that end in zeros, of the largest, of none; from within and beyond them. */
function copies(): BlockPlan {
  const short = "385f5538600155";
  const codes: Record<string, string> = {
    [addressAt(0x3000n)]: short,
    [addressAt(0x3001n)]: `${short}${"00".repeat(10)}`,
    [addressAt(0x3002n)]: `${short}${"00".repeat(300)}`,
    [addressAt(0x3003n)]: `5b${"5b".repeat(MAX_CODE - 2)}5b`,
    [addressAt(0x3004n)]: "00".repeat(MAX_CODE),
    // Copies of itself: to the end, across it, beyond it.
    [addressAt(0x3005n)]:
      `60205f5f39${push(64, 1)}${push(20, 1)}${push(5, 1)}39${push(9, 1)}${word(2n ** 255n)}60313960515f2060005500`,
  };
  const pre = Object.fromEntries(Object.entries(codes).map(([at, code]) => [at, account(code)]));
  const store = storing();
  let driver = "";
  for (const to of [0x3000n, 0x3001n, 0x3002n, 0x3003n, 0x3004n, 0x3005n, 0x30ffn]) {
    driver += store(callWith(to, 0n)) + store(`${push(to, 20)}3b`) + store(`${push(to, 20)}3f`);
    for (const from of [0n, 1n, 7n, 24_570n, 24_576n, 2n ** 64n, 2n ** 256n - 1n])
      driver += store(`603f${word(from)}6007${push(to, 20)}3c${push(70, 1)}5f20`);
  }
  return plan(pre, driver);
}

/** Returns one byte, `00`. */
const RETURNS_STOP = "60015ff3";
/** Returns 24,576 zeros. */
const RETURNS_ZEROS = `${push(MAX_CODE, 2)}5ff3`;
/** Puts its size into a slot, and returns `385f5500`. */
const RETURNS_PROGRAM = `3860015563385f550060e01b5f5260045ff3`;

const CREATE = "f0";
/** CREATE2 with the gas that is left as salt. */
const CREATE2 = "f5";

/** Creates with this init code in memory, and leaves the address. */
function create(init: string, opcode = CREATE): string {
  const stored = `${word(BigInt(`0x${init.padEnd(64, "0")}`))}5f52`;
  return `${stored}${opcode === CREATE2 ? "5a" : ""}${push(init.length / 2, 1)}5f5f${opcode}`;
}

/** Calls the address on top of the stack, and leaves a hash of what can be known of its code above it. */
const meet = "803b608052803f60a0525f5f5f5f5f855af15060205f60c0833c6060608020";

/** What one block makes and runs: the same init code again and again, within calls that fail, and across transactions. */
function creations(): BlockPlan {
  const store = storing();
  let driver = `${store(`${create(RETURNS_ZEROS)}${meet}`)}50`;
  for (const init of [RETURNS_STOP, RETURNS_PROGRAM, "", "00", "5f5ffd"])
    for (const opcode of [CREATE, CREATE, CREATE2]) driver += `${store(`${create(init, opcode)}${meet}`)}50`;
  const failing = `${create(RETURNS_PROGRAM)}${create(RETURNS_STOP)}5f5ffd`;
  const twice = `${callWith(0x4001n, 0n, 1_000_000)}50`.repeat(2);
  const pre = { [addressAt(0x4001n)]: account(failing) };
  const to = fromHex(hex(DRIVER, 20));
  return plan(pre, `${twice}${driver}${create(RETURNS_PROGRAM)}50`, [
    transaction(0, to),
    transaction(1, new Uint8Array(), fromHex(RETURNS_PROGRAM)),
    transaction(2, to),
    transaction(3, new Uint8Array(), fromHex(RETURNS_PROGRAM)),
    transaction(4, new Uint8Array()),
  ]);
}

/** The largest init code, of a transaction and of an opcode: it jumps to its last byte. */
function largest(): BlockPlan {
  const init = fromHex(`${push(MAX_INIT_CODE - 1, 2)}56${JUMPDEST.repeat(MAX_INIT_CODE - 4)}`);
  // Creates with what it is called with, twice.
  const factory = `365f5f37${"365f5ff050".repeat(2)}00`;
  return plan({}, factory, [
    transaction(0, new Uint8Array(), init),
    transaction(1, fromHex(hex(DRIVER, 20)), init),
  ]);
}

/** Delegations that are set and used in one transaction, and by a later one. */
function delegations(): BlockPlan {
  const authority = addressOf(AUTHORITY);
  const second = addressOf(SECOND);
  const to = fromHex(authority.slice(2));
  const empty = new Uint8Array();
  const authorising = (
    nonce: bigint,
    target: Uint8Array,
    tuples: [string, bigint, Uint8Array][],
  ): Uint8Array =>
    signTransaction(
      4,
      [
        CHAIN_ID,
        nonce,
        1n,
        1_000n,
        TX_GAS,
        target,
        0n,
        empty,
        [],
        tuples.map(([address, at, key]) => signAuthorisation(CHAIN_ID, address, at, key)),
      ],
      KEY,
    );
  const store = storing();
  let driver = "";
  for (const address of [authority, second]) {
    const at = BigInt(address);
    driver += store(callWith(at, 0n)) + store(`${push(at, 20)}3b`) + store(`${push(at, 20)}3f`);
    driver += store(`60205f5f${push(at, 20)}3c5f51`);
  }
  // Puts its size into a slot: that of the delegate's code, not of the designator.
  const pre = { [addressAt(0x5000n)]: account("38600155") };
  return plan(pre, driver, [
    authorising(0n, to, [
      [addressAt(0x5000n), 0n, AUTHORITY],
      [addressAt(0x04n), 0n, SECOND],
    ]),
    transaction(1, fromHex(hex(DRIVER, 20))),
    // To one that has no code, to one that is a designator itself, and none at all.
    authorising(2n, to, [[addressAt(0x5999n), 1n, AUTHORITY]]),
    authorising(3n, to, [[second, 2n, AUTHORITY]]),
    authorising(4n, fromHex(hex(DRIVER, 20)), [[addressAt(0n), 3n, AUTHORITY]]),
  ]);
}

const plans: Record<string, () => BlockPlan> = { pushes, jumps, copies, creations, largest, delegations };

export async function* codeBlocks(programs: Programs): AsyncGenerator<{ name: string; input: BlockInput }> {
  for (const [name, plan] of Object.entries(plans)) {
    const { input, oracle } = await buildBlock(plan(), programs);
    if (oracle === undefined || oracle.verdict.kind === "invalid")
      throw new Error(`the block of ${name} is not valid`);
    yield { name, input };
  }
}
