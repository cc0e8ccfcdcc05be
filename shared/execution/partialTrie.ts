import { RLP, type NestedUint8Array } from "@ethereumjs/rlp";
import { fromHex, keccak256, toHex } from "./crypto.js";
import { ExecutionError, MissingNode } from "./errors.js";
import { decodeRlp } from "./rlp.js";

/**
 * A secure Merkle-Patricia trie of which only some nodes are known (Yellow Paper, appendix D).
 *
 *   store: keccak(node) -> node          root -> hash -> [decoded on first visit] -> hash -> ?
 *
 * A node that a walk needs and the store lacks raises `MissingNode`; nothing is changed in that case, so the
 * caller may fetch the node and repeat the call. Nodes are looked up by their hash, so whatever a walk from a
 * trusted root reaches is authentic and needs no other check.
 */
export interface NodeStore {
  /** The RLP of the node with this hash (hex, no prefix). */
  node(hash: string): Uint8Array | undefined;
  /** Is this hash taken for a branch whose RLP is unknown? See `revealSibling`. */
  isBranch(hash: string): boolean;
}

interface Leaf {
  kind: "leaf";
  path: string;
  value: Uint8Array;
  reference: NestedUint8Array | Uint8Array | undefined;
}
interface Extension {
  kind: "extension";
  path: string;
  child: Node;
  reference: NestedUint8Array | Uint8Array | undefined;
}
interface Branch {
  kind: "branch";
  children: (Node | null)[];
  reference: NestedUint8Array | Uint8Array | undefined;
}
/** A node known by hash only. */
interface Stub {
  kind: "stub";
  hash: Uint8Array;
}
type Node = Leaf | Extension | Branch | Stub;

const EMPTY_BYTES = new Uint8Array();
/** keccak(rlp("")), the root of a trie without entries. */
export const EMPTY_TRIE_ROOT = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

export class PartialTrie {
  #root: Node | null;
  readonly #store: NodeStore;

  /** @param root hex, no prefix */
  constructor(root: string, store: NodeStore) {
    this.#root = root === EMPTY_TRIE_ROOT ? null : { kind: "stub", hash: fromHex(root) };
    this.#store = store;
  }

  /** The value under a hashed key (64 nibbles), or null where the trie proves that there is none. */
  get(key: string): Uint8Array | null {
    if (this.#root === null) return null;
    let node = (this.#root = this.#resolve(this.#root, "", "path"));
    let depth = 0;
    for (;;) {
      if (node.kind === "leaf") return key.slice(depth) === node.path ? node.value : null;
      if (node.kind === "extension") {
        if (!key.startsWith(node.path, depth)) return null;
        depth += node.path.length;
        node = node.child = this.#resolve(node.child, key.slice(0, depth), "path");
        continue;
      }
      const index = nibble(key, depth);
      const child = node.children[index] ?? null;
      if (child === null) return null;
      depth += 1;
      node = node.children[index] = this.#resolve(child, key.slice(0, depth), "path");
    }
  }

  /** Sets the value under a hashed key. */
  put(key: string, value: Uint8Array): void {
    this.#root = this.#insert(this.#root, key, 0, value);
  }

  /** Removes a hashed key; no effect if it is absent. May need the sibling at a collapsing branch. */
  delete(key: string): void {
    if (this.#root !== null) this.#root = this.#remove(this.#root, key, 0);
  }

  /** The root hash (hex); `onNode` receives each new node of 32 bytes and more. */
  root(onNode?: (hash: string, rlp: Uint8Array) => void): string {
    if (this.#root === null) return EMPTY_TRIE_ROOT;
    const reference = this.#encode(this.#root, onNode);
    if (reference instanceof Uint8Array) return toHex(reference);
    const rlp = RLP.encode(reference);
    const hash = toHex(keccak256(rlp));
    onNode?.(hash, rlp);
    return hash;
  }

  #resolve(node: Node, path: string, role: "path" | "sibling"): Exclude<Node, Stub> {
    if (node.kind !== "stub") return node;
    const hash = toHex(node.hash);
    const rlp = this.#store.node(hash);
    if (rlp === undefined) throw new MissingNode(hash, path, role);
    return decodeNode(decodeRlp(rlp, `trie node ${hash}`), node.hash);
  }

  #insert(node: Node | null, key: string, depth: number, value: Uint8Array): Node {
    if (node === null) return leaf(key.slice(depth), value);
    const known = this.#resolve(node, key.slice(0, depth), "path");
    if (known.kind === "branch") {
      const index = nibble(key, depth);
      known.children[index] = this.#insert(known.children[index] ?? null, key, depth + 1, value);
      known.reference = undefined;
      return known;
    }
    const shared = sharedLength(known.path, key, depth);
    if (shared === known.path.length) {
      if (known.kind === "leaf") return leaf(known.path, value);
      known.child = this.#insert(known.child, key, depth + shared, value);
      known.reference = undefined;
      return known;
    }
    const branch: Branch = {
      kind: "branch",
      children: new Array<Node | null>(16).fill(null),
      reference: undefined,
    };
    const rest = known.path.slice(shared + 1);
    branch.children[nibble(known.path, shared)] =
      known.kind === "leaf" ? leaf(rest, known.value) : extension(rest, known.child);
    branch.children[nibble(key, depth + shared)] = leaf(key.slice(depth + shared + 1), value);
    return extension(known.path.slice(0, shared), branch);
  }

  #remove(node: Node, key: string, depth: number): Node | null {
    const known = this.#resolve(node, key.slice(0, depth), "path");
    if (known.kind === "leaf") return known.path === key.slice(depth) ? null : known;
    if (known.kind === "extension") {
      if (!key.startsWith(known.path, depth)) return known;
      const child = this.#remove(known.child, key, depth + known.path.length);
      if (child === null) return null;
      if (isSame(child, known.child)) return known;
      return extension(known.path, child);
    }
    const index = nibble(key, depth);
    const before = known.children[index] ?? null;
    if (before === null) return known;
    const after = this.#remove(before, key, depth + 1);
    if (after !== null) {
      known.children[index] = after;
      if (!isSame(after, before)) known.reference = undefined;
      return known;
    }
    const others = known.children.flatMap((child, at) => (child !== null && at !== index ? [at] : []));
    if (others.length !== 1) {
      known.children[index] = null;
      known.reference = undefined;
      return known;
    }
    return this.#merge(known, others[0] as number, key.slice(0, depth));
  }

  /** A branch left with one child disappears; what takes its place depends on the kind of that child. */
  #merge(branch: Branch, index: number, path: string): Node {
    const child = branch.children[index] as Node;
    const step = index.toString(16);
    if (child.kind === "stub" && this.#store.isBranch(toHex(child.hash))) return extension(step, child);
    const known = this.#resolve(child, path + step, "sibling");
    if (known.kind === "leaf") return leaf(step + known.path, known.value);
    return extension(step, known);
  }

  #encode(node: Node, onNode?: (hash: string, rlp: Uint8Array) => void): NestedUint8Array | Uint8Array {
    if (node.kind === "stub") return node.hash;
    if (node.reference !== undefined) return node.reference;
    const items = this.#items(node, onNode);
    const rlp = RLP.encode(items);
    if (rlp.length < 32) return (node.reference = items);
    const hash = keccak256(rlp);
    onNode?.(toHex(hash), rlp);
    return (node.reference = hash);
  }

  #items(
    node: Leaf | Extension | Branch,
    onNode?: (hash: string, rlp: Uint8Array) => void,
  ): NestedUint8Array {
    if (node.kind === "leaf") return [packPath(node.path, true), node.value];
    if (node.kind === "extension") return [packPath(node.path, false), this.#encode(node.child, onNode)];
    const children = node.children.map((child) =>
      child === null ? EMPTY_BYTES : this.#encode(child, onNode),
    );
    return [...children, EMPTY_BYTES];
  }
}

/** Decodes one node; inline children come along. `reference` is what its parent holds. */
export function decodeNode(
  items: NestedUint8Array | Uint8Array,
  reference: NestedUint8Array | Uint8Array,
): Exclude<Node, Stub> {
  if (!Array.isArray(items)) throw malformed("a node is not a list");
  if (items.length === 17) {
    const value = items[16];
    if (!(value instanceof Uint8Array) || value.length > 0) throw malformed("a branch holds a value");
    return { kind: "branch", children: items.slice(0, 16).map(decodeChild), reference };
  }
  const [packed, rest] = items;
  if (items.length !== 2 || !(packed instanceof Uint8Array) || packed.length === 0 || rest === undefined) {
    throw malformed("a node has neither 2 nor 17 items");
  }
  const { path, isLeaf } = unpackPath(packed);
  if (isLeaf) {
    if (!(rest instanceof Uint8Array)) throw malformed("a leaf's value is a list");
    return { kind: "leaf", path, value: rest, reference };
  }
  const child = decodeChild(rest);
  if (child === null || path === "") throw malformed("an extension without path or child");
  return { kind: "extension", path, child, reference };
}

function decodeChild(item: NestedUint8Array | Uint8Array): Node | null {
  if (Array.isArray(item)) {
    if (RLP.encode(item).length >= 32)
      throw malformed("a child of 32 bytes or more is not referred to by hash");
    return decodeNode(item, item);
  }
  if (item.length === 0) return null;
  if (item.length !== 32) throw malformed("a child reference is neither a hash nor a node");
  return { kind: "stub", hash: item };
}

function malformed(what: string): ExecutionError {
  return new ExecutionError("MalformedNode", `a trie node is malformed: ${what}`);
}

function leaf(path: string, value: Uint8Array): Leaf {
  return { kind: "leaf", path, value, reference: undefined };
}

/** An extension over `child`, merged with it where two paths would follow each other; none for an empty path. */
function extension(path: string, child: Node): Node {
  if (path === "") return child;
  if (child.kind === "leaf") return leaf(path + child.path, child.value);
  if (child.kind === "extension") return extension(path + child.path, child.child);
  return { kind: "extension", path, child, reference: undefined };
}

/** Is `after` the node that `before` was, at most decoded? A node that was changed has lost its reference. */
function isSame(after: Node, before: Node): boolean {
  if (after === before) return after.kind === "stub" || after.reference !== undefined;
  return before.kind === "stub" && after.kind !== "stub" && after.reference === before.hash;
}

function nibble(key: string, at: number): number {
  return Number.parseInt(key.charAt(at), 16);
}

function sharedLength(path: string, key: string, depth: number): number {
  let length = 0;
  while (length < path.length && path.charAt(length) === key.charAt(depth + length)) length += 1;
  return length;
}

/** Hex-prefix encoding (Yellow Paper, appendix C). */
export function packPath(path: string, isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0;
  return path.length % 2 === 0 ? fromHex(`${flag}0${path}`) : fromHex(`${flag + 1}${path}`);
}

export function unpackPath(packed: Uint8Array): { path: string; isLeaf: boolean } {
  const hex = toHex(packed);
  const flag = nibble(hex, 0);
  if (flag > 3 || (flag % 2 === 0 && hex.charAt(1) !== "0")) throw malformed("a path's flag is unknown");
  return { path: hex.slice(flag % 2 === 1 ? 1 : 2), isLeaf: flag >= 2 };
}
