import { AbiCoder, type Interface } from "ethers";
import { resultToRecord } from "./decoding.js";

/**
 * Why a call failed, by name. `name` is the custom error of one of our contracts, or `Error` (a require with a
 * string), `Panic` (Solidity's own checks), `UnknownRevert` (a selector no known ABI has), `EmptyRevert` (no data:
 * out of gas, an invalid opcode, or a call to something that is not a contract) or `OutOfGas`.
 */
export interface Revert {
  name: string;
  args: Record<string, unknown>;
  /** Four bytes; `0x` when there was no data. */
  selector: string;
  data: string;
}

export interface RevertDecoder {
  /** Decodes revert data as a contract returned it. */
  fromData(data: string): Revert;
  /** The revert inside an error of any JSON-RPC library or node; undefined if the call did not revert at all. */
  fromError(error: unknown): Revert | undefined;
}

const ERROR_SELECTOR = "0x08c379a0";
const PANIC_SELECTOR = "0x4e487b71";

/** https://docs.soliditylang.org/en/latest/control-structures.html#panic-via-assert-and-error-via-require */
const PANIC_REASONS: Readonly<Record<string, string>> = {
  "1": "assertion failed",
  "17": "arithmetic overflow or underflow",
  "18": "division or modulo by zero",
  "33": "value is no member of the enum",
  "34": "incorrectly encoded storage bytes",
  "49": "pop on an empty array",
  "50": "index out of bounds",
  "65": "too much memory allocated",
  "81": "call of an uninitialised internal function",
};

/** Creates a decoder that knows the custom errors of these interfaces; the first that has a selector wins. */
export function createRevertDecoder(interfaces: readonly Interface[]): RevertDecoder {
  const fromData = (data: string): Revert => {
    if (data.length < 10) return { name: "EmptyRevert", args: {}, selector: "0x", data };
    const selector = data.slice(0, 10).toLowerCase();
    const builtIn = parseBuiltIn(selector, data);
    if (builtIn !== undefined) return builtIn;
    for (const candidate of interfaces) {
      const revert = parse(candidate, selector, data);
      if (revert !== undefined) return revert;
    }
    return { name: "UnknownRevert", args: { selector, data }, selector, data };
  };
  return {
    fromData,
    fromError(error) {
      const data = findRevertData(error, 0);
      if (data !== undefined) return fromData(data);
      return saysReverted(error, 0) ? fromData("0x") : undefined;
    },
  };
}

/** One line for people: `WindowOpen(deadline: 12, now: 10)`. */
export function describeRevert(revert: Revert): string {
  const show = (value: unknown): string =>
    typeof value === "object" && value !== null
      ? JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item))
      : String(value);
  const args = Object.entries(revert.args).map(([name, value]) => `${name}: ${show(value)}`);
  return `${revert.name}(${args.join(", ")})`;
}

function parseBuiltIn(selector: string, data: string): Revert | undefined {
  if (selector !== ERROR_SELECTOR && selector !== PANIC_SELECTOR) return undefined;
  const body = `0x${data.slice(10)}`;
  try {
    if (selector === ERROR_SELECTOR) {
      const [message] = AbiCoder.defaultAbiCoder().decode(["string"], body);
      return { name: "Error", args: { message: String(message) }, selector, data };
    }
    const code = AbiCoder.defaultAbiCoder().decode(["uint256"], body)[0] as bigint;
    const reason = PANIC_REASONS[code.toString()] ?? "unknown panic";
    return { name: "Panic", args: { code, reason }, selector, data };
  } catch {
    return undefined;
  }
}

function parse(candidate: Interface, selector: string, data: string): Revert | undefined {
  try {
    const parsed = candidate.parseError(data);
    if (parsed === null) return undefined;
    return { name: parsed.name, args: resultToRecord(parsed.fragment.inputs, parsed.args), selector, data };
  } catch {
    // The selector is known but the data does not fit it: another contract's error.
    return undefined;
  }
}

/**
 * Where nodes and libraries nest the answer. geth and anvil: `{code: 3, data}`; Hardhat: `{code: -32603, data:
 * {message, data}}`; ethers: `error.data` or `error.info.error`; viem: `cause`. Request fields are never entered:
 * call data is not revert data.
 */
const NESTING = ["error", "info", "cause", "data", "originalError", "innerError"] as const;

function findRevertData(value: unknown, depth: number): string | undefined {
  if (typeof value !== "object" || value === null || depth > 8) return undefined;
  const fields = value as Record<string, unknown>;
  const data = fields["data"];
  if (typeof data === "string") {
    const hex = /^(?:Reverted )?(0x(?:[0-9a-fA-F]{2})*)$/.exec(data)?.[1];
    if (hex !== undefined && (hex !== "0x" || hasRevertMessage(fields))) return hex;
  }
  for (const name of NESTING) {
    const found = findRevertData(fields[name], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** ethers calls every failure of eth_call a CALL_EXCEPTION, so only the node's own words count. */
function saysReverted(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null || depth > 8) return false;
  const fields = value as Record<string, unknown>;
  const fromNode = typeof fields["code"] === "number";
  if (fromNode && (fields["code"] === 3 || hasRevertMessage(fields))) return true;
  return NESTING.some((name) => saysReverted(fields[name], depth + 1));
}

const REVERT_WORDS =
  /revert|out of gas|invalid opcode|invalid jump|stack (?:under|over)flow|write protection|bad instruction|OpcodeNotFound|InvalidFEOpcode|StackUnderflow|InvalidJump|OutOfGas|SentryOOG/i;

function hasRevertMessage(fields: Record<string, unknown>): boolean {
  return typeof fields["message"] === "string" && REVERT_WORDS.test(fields["message"]);
}
