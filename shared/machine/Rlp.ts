/**
 * Strict RLP (Yellow Paper, appendix B), read in place: only the one canonical encoding of each item is accepted.
 * The functions answer `undefined` for what is malformed: whose fault that is, the caller knows.
 */
export interface Item {
  readonly isList: boolean;
  /** Where the item with its prefix begins. */
  readonly at: number;
  /** Content: [from, to). */
  readonly from: number;
  readonly to: number;
}

/** The item at `at`, which must end at or before `end`. */
export function readItem(bytes: Uint8Array, at: number, end: number): Item | undefined {
  if (at >= end) return undefined;
  const prefix = bytes[at] as number;
  if (prefix < 0x80) return { isList: false, at, from: at, to: at + 1 };
  const isList = prefix >= 0xc0;
  const short = prefix - (isList ? 0xc0 : 0x80);
  let from = at + 1;
  let size = short;
  if (short > 55) {
    from += short - 55;
    if (from > end || bytes[at + 1] === 0) return undefined;
    size = 0;
    for (let index = at + 1; index < from; index += 1) size = size * 256 + (bytes[index] as number);
    if (size <= 55) return undefined;
  }
  const to = from + size;
  if (to > end) return undefined;
  if (!isList && size === 1 && (bytes[from] as number) < 0x80) return undefined;
  return { isList, at, from, to };
}

/** The items of [from, to), which they must fill. */
export function readItems(bytes: Uint8Array, from: number, to: number): Item[] | undefined {
  const items: Item[] = [];
  for (let at = from; at < to;) {
    const item = readItem(bytes, at, to);
    if (item === undefined) return undefined;
    items.push(item);
    at = item.to;
  }
  return items;
}

/** The items of a list that begins at `at` and ends where the bytes do. */
export function readList(bytes: Uint8Array, at = 0): Item[] | undefined {
  const list = readItem(bytes, at, bytes.length);
  if (list === undefined || !list.isList || list.to !== bytes.length) return undefined;
  return readItems(bytes, list.from, list.to);
}

/** An integer of at most `width` bytes without leading zeros. */
export function readInteger(bytes: Uint8Array, item: Item | undefined, width: number): bigint | undefined {
  if (item === undefined || item.isList) return undefined;
  const size = item.to - item.from;
  if (size > width || (size > 0 && bytes[item.from] === 0)) return undefined;
  let value = 0n;
  for (let at = item.from; at < item.to; at += 1) value = (value << 8n) | BigInt(bytes[at] as number);
  return value;
}

/** The prefix of a string or list of `size` bytes (of a string that is not a single byte below 0x80). */
export function prefixOf(size: number, isList: boolean): Uint8Array {
  const base = isList ? 0xc0 : 0x80;
  if (size <= 55) return Uint8Array.of(base + size);
  const length: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Uint8Array.of(base + 55 + length.length, ...length);
}

export function encodeString(content: Uint8Array): Uint8Array {
  if (content.length === 1 && (content[0] as number) < 0x80) return content;
  return concat([prefixOf(content.length, false), content]);
}

export function encodeInteger(value: bigint): Uint8Array {
  return encodeString(minimalBytes(value));
}

/** A list of items that are encoded already. */
export function encodeList(items: readonly Uint8Array[]): Uint8Array {
  const size = items.reduce((sum, item) => sum + item.length, 0);
  return concat([prefixOf(size, true), ...items]);
}

/** Big-endian bytes without leading zeros. */
export function minimalBytes(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  const hex = value.toString(16);
  return Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"));
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
