import { ExecutionError } from "./errors.js";

/** What RLP encodes: a byte string, or a list of items. */
export type RlpItem = Uint8Array | RlpItem[];

/** No structure of a block or a trie nests deeper: block, transactions, transaction, access list, entry, keys. */
const MAX_DEPTH = 16;
/** A block of 8 MiB (EIP-7934) with the cheapest content stays far below. */
const MAX_ITEMS = 1_000_000;

/**
 * Decodes RLP (Yellow Paper, appendix B) that may be anything: one pass, no copies, no deep recursion, and only the
 * one canonical encoding of each item. Errors name `what` and the offset.
 * @throws ExecutionError MalformedRlp
 */
export function decodeRlp(bytes: Uint8Array, what: string): RlpItem {
  const reader = new Reader(bytes, what);
  const item = reader.item(0, bytes.length, 0);
  if (reader.offset !== bytes.length) throw reader.malformed("bytes after its end");
  return item;
}

/** The items of a list. @throws ExecutionError MalformedRlp */
export function decodeRlpList(bytes: Uint8Array, what: string): RlpItem[] {
  const item = decodeRlp(bytes, what);
  if (item instanceof Uint8Array) throw malformedRlp(what, "a string where a list belongs", 0);
  return item;
}

export function malformedRlp(what: string, problem: string, offset: number): ExecutionError {
  return new ExecutionError("MalformedRlp", `${what} is malformed RLP at byte ${offset}: ${problem}`, {
    what,
    offset,
    problem,
  });
}

class Reader {
  offset = 0;
  #items = 0;
  readonly #bytes: Uint8Array;
  readonly #what: string;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  malformed(problem: string): ExecutionError {
    return malformedRlp(this.#what, problem, this.offset);
  }

  item(start: number, end: number, depth: number): RlpItem {
    this.offset = start;
    if (start >= end) throw this.malformed("nothing where an item belongs");
    if (depth > MAX_DEPTH) throw this.malformed(`nested deeper than ${MAX_DEPTH}`);
    if ((this.#items += 1) > MAX_ITEMS) throw this.malformed(`more than ${MAX_ITEMS} items`);
    const prefix = this.#bytes[start] as number;
    if (prefix < 0x80) return this.#string(start, start + 1);
    const isList = prefix >= 0xc0;
    const short = prefix - (isList ? 0xc0 : 0x80);
    const [from, to] = short <= 55 ? [start + 1, start + 1 + short] : this.#long(start, short - 55, end);
    if (to > end) throw this.malformed(`${to - end} bytes are missing`);
    if (isList) return this.#list(from, to, depth);
    if (short === 1 && (this.#bytes[from] as number) < 0x80) throw this.malformed("a byte has a prefix");
    return this.#string(from, to);
  }

  #long(start: number, width: number, end: number): [number, number] {
    if (start + 1 + width > end) throw this.malformed("the length is cut off");
    let length = 0;
    for (let at = start + 1; at <= start + width; at += 1)
      length = length * 256 + (this.#bytes[at] as number);
    if (length <= 55 || this.#bytes[start + 1] === 0) throw this.malformed("a length is not minimal");
    return [start + 1 + width, start + 1 + width + length];
  }

  #list(from: number, to: number, depth: number): RlpItem[] {
    const items: RlpItem[] = [];
    this.offset = from;
    while (this.offset < to) items.push(this.item(this.offset, to, depth + 1));
    return items;
  }

  #string(from: number, to: number): Uint8Array {
    this.offset = to;
    return this.#bytes.subarray(from, to);
  }
}
