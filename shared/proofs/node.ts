import type { Reason } from "./errors.js";

/**
 * One step of a walk through a Merkle-Patricia trie, the twin of `_step` in `contracts/libraries/MerklePatricia.sol`:
 * the same checks in the same order, so that both refuse a node for the same reason. Yellow Paper, appendix D.
 */
export interface Walk {
  /** The 64 nibbles of the key. */
  readonly key: Uint8Array;
  /** How many of them are consumed. */
  depth: number;
  /** The node just reached came out of an extension. */
  afterExtension: boolean;
}

export type Step =
  /** The key goes on in this child: an item with its RLP prefix, either a hash (33 bytes) or an inline node. */
  | { readonly kind: "child"; readonly item: Uint8Array }
  | { readonly kind: "value"; readonly value: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly reason: Reason };

const ABSENT: Step = { kind: "absent" };

/** A hash reference with its RLP prefix. */
export const REFERENCE_SIZE = 33;

function refused(reason: Reason): Step {
  return { kind: "refused", reason };
}

/** Follows the key through `node` and moves `walk` on. */
export function stepThroughNode(walk: Walk, node: Uint8Array): Step {
  const first = payloadStart(node);
  if (first === undefined) return refused("NotList");
  const second = first < node.length ? itemEnd(node, first) : node.length;
  if (second >= node.length) return refused("WrongItems");
  // Two items that end where the node ends cannot be seventeen; anything else must be a branch.
  if (itemEnd(node, second) !== node.length) return stepThroughBranch(walk, node, first);
  if (walk.afterExtension) return refused("ExtensionChild");
  return stepThroughPath(walk, node, first, second);
}

function stepThroughBranch(walk: Walk, node: Uint8Array, first: number): Step {
  const nibble = walk.key[walk.depth];
  let selected = node.subarray(0, 0);
  let cursor = first;
  for (let i = 0; i < 16; i++) {
    if (cursor >= node.length) return refused("WrongItems");
    const size = childSize(node, cursor);
    if (size === 0) return refused("WrongChild");
    if (i === nibble) selected = node.subarray(cursor, cursor + size);
    cursor += size;
  }
  if (cursor >= node.length) return refused("WrongItems");
  if (byteAt(node, cursor) !== 0x80) return refused("BranchValue");
  if (cursor + 1 !== node.length) return refused("WrongItems");
  if (nibble === undefined) return refused("TooDeep");
  if (selected.length === 1) return ABSENT;
  walk.depth += 1;
  walk.afterExtension = false;
  return { kind: "child", item: selected };
}

function stepThroughPath(walk: Walk, node: Uint8Array, first: number, second: number): Step {
  let path = node.subarray(first, second);
  if (path.length > 1) {
    if (path.length === 2 || byteAt(path, 0) > 0xa1) return refused("WrongPath");
    path = path.subarray(1);
  }
  const flags = byteAt(path, 0);
  const isOdd = (flags & 0x10) !== 0;
  if (flags >= 0x40 || (!isOdd && (flags & 0x0f) !== 0)) return refused("WrongPath");
  const isLeaf = (flags & 0x20) !== 0;
  const nibbles = bytesToNibbles(path).subarray(isOdd ? 1 : 2);
  const left = walk.key.length - walk.depth;
  const fits = isLeaf ? nibbles.length === left : nibbles.length > 0 && nibbles.length < left;
  if (!fits) return refused("WrongPath");

  const matches = nibbles.every((nibble, i) => nibble === walk.key[walk.depth + i]);
  if (isLeaf) {
    const value = leafValue(node.subarray(second));
    if (value === undefined) return refused("WrongValue");
    return matches ? { kind: "value", value } : ABSENT;
  }
  if (childSize(node, second) <= 1) return refused("WrongChild");
  if (!matches) return ABSENT;
  walk.depth += nibbles.length;
  walk.afterExtension = true;
  return { kind: "child", item: node.subarray(second) };
}

/** The payload of `item`, a string whose prefix spans it; undefined if it is empty, not a string or not canonical. */
function leafValue(item: Uint8Array): Uint8Array | undefined {
  const prefix = byteAt(item, 0);
  if (prefix < 0x80) return item;
  if (prefix > 0xb9) return undefined;
  const value = item.subarray(prefix <= 0xb7 ? 1 : prefix - 0xb6);
  if (prefix > 0xb7) return value.length > (prefix === 0xb8 ? 55 : 255) ? value : undefined;
  return value.length > 1 || (value.length === 1 && byteAt(value, 0) >= 0x80) ? value : undefined;
}

/** Where the items of the list `node` begin; undefined if it is not exactly one canonical list. */
function payloadStart(node: Uint8Array): number | undefined {
  const prefix = byteAt(node, 0);
  if (prefix >= 0xc0 && prefix <= 0xf7) return 1 + prefix - 0xc0 === node.length ? 1 : undefined;
  if (prefix !== 0xf8 && prefix !== 0xf9) return undefined;
  const size = prefix === 0xf8 ? byteAt(node, 1) : byteAt(node, 1) * 256 + byteAt(node, 2);
  const start = prefix - 0xf6;
  return size > (prefix === 0xf8 ? 55 : 255) && start + size === node.length ? start : undefined;
}

/** The end of the RLP item at `cursor` as far as its prefix tells; never reached for a prefix that no node's item has. */
function itemEnd(node: Uint8Array, cursor: number): number {
  const prefix = byteAt(node, cursor);
  if (prefix < 0x80) return cursor + 1;
  if (prefix < 0xb8) return cursor + 1 + prefix - 0x80;
  if (prefix === 0xb8) return cursor + 2 + byteAt(node, cursor + 1);
  if (prefix === 0xb9) return cursor + 3 + byteAt(node, cursor + 1) * 256 + byteAt(node, cursor + 2);
  if (prefix >= 0xc0 && prefix < 0xf8) return cursor + 1 + prefix - 0xc0;
  return Infinity;
}

/** The size of the child at `cursor`: 1 empty, 33 hash, 2 to 31 inline, 0 if it is none of these. */
function childSize(node: Uint8Array, cursor: number): number {
  const prefix = byteAt(node, cursor);
  if (prefix === 0xa0) return REFERENCE_SIZE;
  if (prefix === 0x80) return 1;
  return prefix > 0xc0 && prefix <= 0xde ? prefix - 0xbf : 0;
}

/** Past the end there are zeros. No check depends on them: the position past the end is what gets refused. */
function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

export function bytesToNibbles(bytes: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(bytes.length * 2);
  bytes.forEach((byte, i) => {
    nibbles[2 * i] = byte >> 4;
    nibbles[2 * i + 1] = byte & 0x0f;
  });
  return nibbles;
}
