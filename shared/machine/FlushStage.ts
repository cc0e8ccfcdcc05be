import { shownNodes } from "./JobStage.js";
import type { Machine } from "./Machine.js";
import { encodeInteger, encodeList, encodeString } from "./Rlp.js";
import { Phase, toBytes20, toBytes32 } from "./State.js";
import { secureKey, triePut, trieRemove } from "./Trie.js";
import { datedAccount, isEmpty, Tag, type Account, type Slot } from "./Entries.js";
import { subtreeHash, type Leaf } from "./World.js";
import { cons } from "./HashList.js";

/**
 * FLUSH: the world is written into the state trie, in four passes over the map as it was when the pass began. One step visits one
 * subtree. Insertions precede removals, so that no removal needs a node that nothing else has needed.
 */
export function visit(m: Machine): void {
  const subtree = m.walk[m.walk.length - 1];
  const rest = m.walk.slice(0, -1);
  if (subtree === undefined) throw new Error("there is nothing to flush");
  m.tape?.word(
    subtreeHash(subtree),
    rest.reduce((hash, each) => cons(subtreeHash(each), hash), 0n),
  );
  if (!subtree.isLeaf) {
    m.tape?.word(0n, subtreeHash(subtree.left), subtreeHash(subtree.right));
    m.walk = [...rest, ...[subtree.right, subtree.left].filter((child) => child !== undefined)];
  } else {
    const { tag, a, b, c } = subtree.key;
    m.tape?.word(BigInt(tag), a, b, c, subtree.word);
    flushLeaf(m, subtree);
    m.walk = rest;
  }
  if (m.walk.length > 0) return;
  if (m.cursor === 3) return m.finishBlock(Phase.DONE);
  m.cursor += 1;
  m.walk = [m.world.capture()];
}

function flushLeaf(m: Machine, leaf: Leaf): void {
  if (leaf.key.tag === Tag.SLOT && m.cursor < 2) flushSlot(m, leaf);
  else if (leaf.key.tag === Tag.ACCOUNT && m.cursor >= 2) flushAccount(m, leaf);
}

function flushSlot(m: Machine, leaf: Leaf): void {
  const { a: address, b: incarnation, c: slot } = leaf.key;
  m.tape?.word(...leaf.recordWords());
  const { value } = leaf.value as Slot;
  if ((value !== 0n) !== (m.cursor === 0)) return;
  const account = m.world.account(address, m.stamp);
  if (account === undefined) throw new Error("a slot without its account");
  if (account.incarnation !== incarnation) return;
  const key = secureKey(toBytes32(slot));
  const storageRoot =
    value === 0n
      ? trieRemove(account.storageRoot, key, shownNodes(m))
      : triePut(account.storageRoot, key, encodeInteger(value), shownNodes(m));
  m.world.putAccount(address, { ...account, storageRoot });
}

function flushAccount(m: Machine, leaf: Leaf): void {
  m.tape?.word(...leaf.recordWords());
  const account = datedAccount(leaf.value as Account, m.stamp);
  if (isEmpty(account) !== (m.cursor === 3)) return;
  const key = secureKey(toBytes20(leaf.key.a));
  m.stateRoot = isEmpty(account)
    ? trieRemove(m.stateRoot, key, shownNodes(m))
    : triePut(m.stateRoot, key, encodeAccount(account), shownNodes(m));
}

/** rlp[nonce, balance, storageRoot, codeHash] */
function encodeAccount({ nonce, balance, storageRoot, codeHash }: Account): Uint8Array {
  return encodeList([
    encodeInteger(nonce),
    encodeInteger(balance),
    encodeString(toBytes32(storageRoot)),
    encodeString(toBytes32(codeHash)),
  ]);
}
