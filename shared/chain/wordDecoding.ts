/**
 * Decodes events that consist of whole words: integers, addresses, hashes, and structs and lists of a fixed length of them. An
 * event of a game has up to 65 of them, and a general decoder takes milliseconds for each.
 */
import { getAddress, type EventFragment, type ParamType } from "ethers";
import type { Log } from "./transactions.js";

/** Hex digits of a word. */
const DIGITS = 64;

/**
 * The same values by name as `resultToRecord` makes of what ethers decodes. Undefined if the event has anything that is no word, or
 * the log is not exactly as it should be: then somebody else has to look at it.
 */
export function decodeWords({ inputs }: EventFragment, log: Log): Record<string, unknown> | undefined {
  if (!inputs.every(isWords)) return undefined;
  try {
    const topics = new Words(log.topics.slice(1).map(digitsOf).join(""));
    const data = new Words(digitsOf(log.data));
    const record: Record<string, unknown> = {};
    for (const [index, input] of inputs.entries())
      record[nameOf(input, index)] = valueOf(input, input.indexed === true ? topics : data);
    return topics.isEmpty && data.isEmpty ? record : undefined;
  } catch (error) {
    if (error instanceof NoSuchWord) return undefined;
    throw error;
  }
}

const known = new WeakMap<ParamType, boolean>();

function isWords(type: ParamType): boolean {
  let answer = known.get(type);
  if (answer === undefined) {
    answer = hasOnlyWords(type);
    known.set(type, answer);
  }
  return answer;
}

function hasOnlyWords(type: ParamType): boolean {
  // Of an indexed struct or list there is but a hash.
  if (type.isTuple()) return type.indexed !== true && type.components.every(hasOnlyWords);
  if (type.isArray())
    return type.indexed !== true && type.arrayLength > 0 && hasOnlyWords(type.arrayChildren);
  return type.type === "address" || type.type === "bool" || /^(u?int|bytes)\d+$/.test(type.type);
}

class NoSuchWord extends Error {}

/** Words in a row, each taken once. */
class Words {
  readonly #digits: string;
  #at = 0;

  constructor(digits: string) {
    this.#digits = digits;
  }

  get isEmpty(): boolean {
    return this.#at === this.#digits.length;
  }

  /** 64 hex digits. */
  next(): string {
    const end = this.#at + DIGITS;
    if (end > this.#digits.length) throw new NoSuchWord();
    const word = this.#digits.slice(this.#at, end);
    this.#at = end;
    return word;
  }
}

function digitsOf(hex: string): string {
  if (!/^0x[0-9a-f]*$/i.test(hex)) throw new NoSuchWord();
  return hex.slice(2).toLowerCase();
}

function nameOf({ name }: ParamType, index: number): string {
  return name === "" ? String(index) : name;
}

function valueOf(type: ParamType, words: Words): unknown {
  if (type.isTuple())
    return Object.fromEntries(
      type.components.map((component, index) => [nameOf(component, index), valueOf(component, words)]),
    );
  if (type.isArray())
    return Array.from({ length: type.arrayLength }, () => valueOf(type.arrayChildren, words));
  return elementOf(type.type, words.next());
}

function elementOf(type: string, word: string): unknown {
  const size = Number(/\d+$/.exec(type)?.[0] ?? 0);
  if (type.startsWith("bytes")) return `0x${tailless(word, 2 * size)}`;
  if (type === "address") return getAddress(`0x${headless(word, 40)}`);
  const value = BigInt(`0x${word}`);
  if (type === "bool") {
    if (value > 1n) throw new NoSuchWord();
    return value === 1n;
  }
  const number = type.startsWith("u") ? BigInt.asUintN(size, value) : BigInt.asIntN(size, value);
  if (BigInt.asUintN(256, number) !== value) throw new NoSuchWord();
  return number;
}

/** The first digits, if the others are zero. */
function tailless(word: string, digits: number): string {
  if (!isZero(word.slice(digits))) throw new NoSuchWord();
  return word.slice(0, digits);
}

/** The last digits, if the others are zero. */
function headless(word: string, digits: number): string {
  if (!isZero(word.slice(0, DIGITS - digits))) throw new NoSuchWord();
  return word.slice(DIGITS - digits);
}

function isZero(digits: string): boolean {
  return /^0*$/.test(digits);
}
