import { ExecutionError } from "../execution/errors.js";
import { concat, encodeList, encodeString, readItem, readList, type Item } from "./Rlp.js";
import { EMPTY_TRIE_ROOT, hashBytes, toBytes32, toWord } from "./State.js";

/**
 * Merkle-Patricia tries (Yellow Paper, appendix D), read and written node by node.
 *
 * Nodes are byte strings here and are taken apart where they are needed. A child is the item in its parent: 0x80 for none,
 * 0xa0 and a hash, or the node itself if it has fewer than 32 bytes. Every hashed node on the way is asked for once, from the
 * root down; `remove` may ask for one more, the sibling that a collapsing branch leaves. That is the order of the tape.
 */
export interface Nodes {
  get(hash: bigint): Uint8Array;
  /** Keeps a node of 32 bytes or more, or a root. */
  add(node: Uint8Array): bigint;
}

const NONE = Uint8Array.of(0x80);

/** The nibbles of a key. */
export function toNibbles(key: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(2 * key.length);
  key.forEach((byte, index) => {
    nibbles[2 * index] = byte >> 4;
    nibbles[2 * index + 1] = byte & 15;
  });
  return nibbles;
}

/** The value under a key, or undefined if the trie has none. */
export function trieGet(root: bigint, key: Uint8Array, nodes: Nodes): Uint8Array | undefined {
  if (root === EMPTY_TRIE_ROOT) return undefined;
  const path = toNibbles(key);
  let node = split(nodes.get(root));
  for (let depth = 0; ;) {
    if (node.kind === "branch") {
      if (depth === path.length) return undefined;
      const child = node.children[path[depth] as number] as Uint8Array;
      if (child.length === 1) return undefined;
      depth += 1;
      node = split(resolve(child, nodes));
      continue;
    }
    if (node.kind === "leaf") return isSuffix(node.path, path, depth) ? node.value : undefined;
    if (shared(node.path, path, depth) < node.path.length) return undefined;
    depth += node.path.length;
    node = split(resolve(node.child, nodes));
  }
}

/** The root after setting the value under a key. */
export function triePut(root: bigint, key: Uint8Array, value: Uint8Array, nodes: Nodes): bigint {
  const path = toNibbles(key);
  if (root === EMPTY_TRIE_ROOT) return nodes.add(leaf(path, value));
  const before = nodes.get(root);
  const after = insert(before, path, 0, value, nodes);
  return after === before ? root : nodes.add(after);
}

/** The root after removing a key; the same if the trie has no such key. */
export function trieRemove(root: bigint, key: Uint8Array, nodes: Nodes): bigint {
  if (root === EMPTY_TRIE_ROOT) return root;
  const before = nodes.get(root);
  const after = remove(before, toNibbles(key), 0, nodes);
  if (after === undefined) return EMPTY_TRIE_ROOT;
  return after === before ? root : nodes.add(after);
}

function insert(
  bytes: Uint8Array,
  path: Uint8Array,
  depth: number,
  value: Uint8Array,
  nodes: Nodes,
): Uint8Array {
  const node = split(bytes);
  if (node.kind === "branch") {
    const at = path[depth] as number;
    const child = node.children[at] as Uint8Array;
    if (child.length === 1)
      return branch(node.children, at, reference(leaf(path.subarray(depth + 1), value), nodes));
    const before = resolve(child, nodes);
    const after = insert(before, path, depth + 1, value, nodes);
    return after === before ? bytes : branch(node.children, at, reference(after, nodes));
  }
  const common = shared(node.path, path, depth);
  if (node.kind === "leaf" && common === node.path.length && depth + common === path.length)
    return isSame(node.value, value) ? bytes : leaf(node.path, value);
  if (node.kind === "extension" && common === node.path.length) {
    const before = resolve(node.child, nodes);
    const after = insert(before, path, depth + common, value, nodes);
    return after === before ? bytes : extension(node.path, reference(after, nodes));
  }
  const rest = node.path.subarray(common + 1);
  const old =
    node.kind === "leaf"
      ? reference(leaf(rest, node.value), nodes)
      : rest.length === 0
        ? node.child
        : reference(extension(rest, node.child), nodes);
  const children = new Array<Uint8Array>(16).fill(NONE);
  children[node.path[common] as number] = old;
  children[path[depth + common] as number] = reference(leaf(path.subarray(depth + common + 1), value), nodes);
  const fork = encodeList([...children, NONE]);
  return common === 0 ? fork : extension(node.path.subarray(0, common), reference(fork, nodes));
}

/** The node after the removal, or undefined if nothing is left of it. */
function remove(bytes: Uint8Array, path: Uint8Array, depth: number, nodes: Nodes): Uint8Array | undefined {
  const node = split(bytes);
  if (node.kind === "leaf") return isSuffix(node.path, path, depth) ? undefined : bytes;
  if (node.kind === "extension") {
    if (shared(node.path, path, depth) < node.path.length) return bytes;
    const before = resolve(node.child, nodes);
    const after = remove(before, path, depth + node.path.length, nodes);
    if (after === before) return bytes;
    // What stands below an extension is a branch with at least two children: one removal leaves something of it.
    return prepend(node.path, after as Uint8Array, nodes);
  }
  const at = path[depth] as number;
  const child = node.children[at] as Uint8Array;
  if (child.length === 1) return bytes;
  const before = resolve(child, nodes);
  const after = remove(before, path, depth + 1, nodes);
  if (after === before) return bytes;
  if (after !== undefined) return branch(node.children, at, reference(after, nodes));
  const left = node.children.flatMap((other, index) => (index !== at && other.length > 1 ? [index] : []));
  if (left.length > 1) return branch(node.children, at, NONE);
  const only = left[0] as number;
  return prepend(Uint8Array.of(only), resolve(node.children[only] as Uint8Array, nodes), nodes);
}

/** The node that stands for `path` followed by a node: leaves and extensions grow, a branch gets an extension. */
function prepend(path: Uint8Array, bytes: Uint8Array, nodes: Nodes): Uint8Array {
  const node = split(bytes);
  if (node.kind === "leaf") return leaf(concat([path, node.path]), node.value);
  if (node.kind === "extension") return extension(concat([path, node.path]), node.child);
  return extension(path, reference(bytes, nodes));
}

type Node =
  | { kind: "branch"; children: Uint8Array[] }
  | { kind: "extension"; path: Uint8Array; child: Uint8Array }
  | { kind: "leaf"; path: Uint8Array; value: Uint8Array };

function split(bytes: Uint8Array): Node {
  const items = readList(bytes);
  if (items?.length === 17)
    return { kind: "branch", children: items.slice(0, 16).map((item) => bytes.subarray(item.at, item.to)) };
  const [packed, content] = items ?? [];
  if (items?.length !== 2 || packed === undefined || content === undefined || packed.isList)
    throw malformed("it has neither 2 nor 17 items");
  const { path, isLeaf } = unpack(bytes.subarray(packed.from, packed.to));
  if (!isLeaf) return { kind: "extension", path, child: bytes.subarray(content.at, content.to) };
  if (content.isList) throw malformed("a leaf's value is a list");
  return { kind: "leaf", path, value: bytes.subarray(content.from, content.to) };
}

/** The node behind a child that is not empty. */
function resolve(child: Uint8Array, nodes: Nodes): Uint8Array {
  if ((child[0] as number) >= 0xc0) return child;
  const item: Item | undefined = readItem(child, 0, child.length);
  if (item === undefined || item.to - item.from !== 32)
    throw malformed("a child is neither a hash nor a node");
  return nodes.get(toWord(child.subarray(1)));
}

function reference(node: Uint8Array, nodes: Nodes): Uint8Array {
  return node.length < 32 ? node : concat([Uint8Array.of(0xa0), toBytes32(nodes.add(node))]);
}

function leaf(path: Uint8Array, value: Uint8Array): Uint8Array {
  return encodeList([encodeString(pack(path, true)), encodeString(value)]);
}

function extension(path: Uint8Array, child: Uint8Array): Uint8Array {
  return encodeList([encodeString(pack(path, false)), child]);
}

function branch(children: readonly Uint8Array[], at: number, child: Uint8Array): Uint8Array {
  return encodeList([...children.slice(0, at), child, ...children.slice(at + 1), NONE]);
}

/** Hex-prefix encoding (appendix C). */
function pack(path: Uint8Array, isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0;
  const nibbles = path.length % 2 === 0 ? [flag, 0, ...path] : [flag + 1, ...path];
  const packed = new Uint8Array(nibbles.length / 2);
  for (let index = 0; index < packed.length; index += 1)
    packed[index] = ((nibbles[2 * index] as number) << 4) | (nibbles[2 * index + 1] as number);
  return packed;
}

function unpack(packed: Uint8Array): { path: Uint8Array; isLeaf: boolean } {
  const nibbles = toNibbles(packed);
  const flag = nibbles[0] ?? 4;
  if (flag > 3 || (flag % 2 === 0 && nibbles[1] !== 0)) throw malformed("a path's flag is unknown");
  return { path: nibbles.subarray(flag % 2 === 1 ? 1 : 2), isLeaf: flag >= 2 };
}

/** How many nibbles of a node's path agree with the key's from `depth` on. */
function shared(path: Uint8Array, key: Uint8Array, depth: number): number {
  let length = 0;
  while (length < path.length && path[length] === key[depth + length]) length += 1;
  return length;
}

function isSuffix(path: Uint8Array, key: Uint8Array, depth: number): boolean {
  return depth + path.length === key.length && shared(path, key, depth) === path.length;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

function malformed(what: string): ExecutionError {
  return new ExecutionError("MalformedNode", `a trie node is malformed: ${what}`);
}

/** A secured trie's key: the hash of what the key stands for. */
export function secureKey(preimage: Uint8Array): Uint8Array {
  return toBytes32(hashBytes(preimage));
}
