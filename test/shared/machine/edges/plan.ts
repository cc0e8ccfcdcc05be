import { fromHex, keccak256, toHex } from "../../../../shared/execution/crypto.js";
import type { ForkName } from "../../../../shared/execution/forks.js";
import type { WorldJson } from "../../../../shared/execution/worldState.js";
import { addressOf, keys, signTransaction, systemAccounts, type BlockPlan } from "../support/buildBlock.js";

/** How the blocks of this folder are put together: code, accounts, transactions. Addresses of contracts are small numbers. */
export type EdgeBlock = readonly [name: string, plan: BlockPlan];

export const [KEY, OTHER, THIRD] = keys as [Uint8Array, Uint8Array, Uint8Array];
export const SENDER = addressOf(KEY);
/** An address that has no account. */
export const NOBODY = 0xdeadn;
/** The contract that most blocks run. */
export const MAIN = 0xa1n;
export const MAX_WORD = 2n ** 256n - 1n;
export const GAS = 2_000_000n;
const FEE = 1_000n;

export const hex = (value: bigint, bytes: number): string => value.toString(16).padStart(2 * bytes, "0");
export const addressAt = (value: bigint): string => `0x${hex(value, 20)}`;
export const bytesAt = (value: bigint): Uint8Array => fromHex(hex(value, 20));

// Code.

/** PUSH of a number, in as few bytes as it takes. */
export function push(value: bigint | number): string {
  const digits = BigInt(value).toString(16);
  const bytes = digits.length % 2 === 0 ? digits : `0${digits}`;
  return `${hex(BigInt(0x5f + bytes.length / 2), 1)}${bytes}`;
}

export type CallOpcode = "f1" | "f2" | "f4" | "fa";

interface Call {
  op?: CallOpcode;
  value?: bigint;
  gas?: bigint;
}

/** A call without input and output that leaves its success on the stack. */
export function call(to: bigint, { op = "f1", value = 0n, gas = 100_000n }: Call = {}): string {
  const hasValue = op === "f1" || op === "f2";
  return `5f5f5f5f${hasValue ? push(value) : ""}${push(to)}${push(gas)}${op}`;
}

/** CREATE, or CREATE2 with a salt, of up to 32 bytes of init code; leaves the address on the stack. */
export function create(init: string, { value = 0n, salt }: { value?: bigint; salt?: bigint } = {}): string {
  const size = init.length / 2;
  const range = `${push(size)}${push(32 - size)}${push(value)}`;
  const place = `${push(BigInt(`0x${init}`))}5f52`;
  return salt === undefined ? `${place}${range}f0` : `${place}${push(salt)}${range}f5`;
}

/** Init code that makes a contract of up to 23 bytes of code. */
export function deploys(code: string): string {
  const size = code.length / 2;
  return `${push(BigInt(`0x${code}`))}5f52${push(size)}${push(32 - size)}f3`;
}

/** BALANCE, EXTCODESIZE, EXTCODEHASH, EXTCODECOPY. */
export const look = (at: bigint): string =>
  `${["31", "3b", "3f"].map((op) => `${push(at)}${op}50`).join("")}${push(32)}5f5f${push(at)}3c`;

/** EIP-1014 */
export function create2Address(creator: bigint, salt: bigint, init: string): bigint {
  const initHash = toHex(keccak256(fromHex(init)));
  const hash = keccak256(fromHex(`ff${hex(creator, 20)}${hex(salt, 32)}${initHash}`));
  return BigInt(`0x${toHex(hash.subarray(12))}`);
}

// Accounts and blocks.

/** A contract with a balance of 100. */
export function account(code: string, more: Partial<WorldJson[string]> = {}): WorldJson[string] {
  return { balance: "0x64", nonce: "0x1", code: `0x${code}`, storage: {}, ...more };
}

/** Contracts by their addresses. */
export function contracts(codes: Readonly<Record<number, string>>): WorldJson {
  return Object.fromEntries(
    Object.entries(codes).map(([at, code]) => [addressAt(BigInt(at)), account(code)]),
  );
}

/** An account of the sender, who never runs out of money. */
export const rich = account("", { balance: "0xffffffffffffffffff", nonce: "0x0" });

export interface Sent {
  /** Undefined: a creation. */
  to?: bigint;
  value?: bigint;
  data?: string;
  gas?: bigint;
  fee?: bigint;
}

/** Transactions of the sender, in order. */
export function send(...transactions: Sent[]): Uint8Array[] {
  return transactions.map(({ to, value = 0n, data = "", gas = GAS, fee = FEE }, nonce) => {
    const receiver = to === undefined ? new Uint8Array() : bytesAt(to);
    return signTransaction(0, [BigInt(nonce), fee, gas, receiver, value, fromHex(data)], KEY);
  });
}

export function block(
  pre: WorldJson,
  transactions: Uint8Array[],
  fork: ForkName = "osaka",
  more: Partial<BlockPlan> = {},
): BlockPlan {
  return { fork, pre: { ...systemAccounts(fork), [SENDER]: rich, ...pre }, transactions, ...more };
}

/** A block in which the main contract runs once. */
export function run(code: string, pre: WorldJson = {}, sent: Sent = {}, fork: ForkName = "osaka"): BlockPlan {
  return block({ [addressAt(MAIN)]: account(code), ...pre }, send({ to: MAIN, ...sent }), fork);
}

/** A block in which the main contract calls contracts with these codes, one after the other. */
export function runEach(
  codes: readonly string[],
  { op = "f1", pre = {} }: { op?: CallOpcode; pre?: WorldJson } = {},
): BlockPlan {
  const first = 0xb00;
  const all = contracts(Object.fromEntries(codes.map((code, index) => [first + index, code])));
  return run(codes.map((_, index) => call(BigInt(first + index), { op })).join(""), { ...all, ...pre });
}
