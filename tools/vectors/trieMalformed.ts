import { concat, keccak256 } from "ethers";
import type { Reason } from "../../shared/proofs/errors.js";
import {
  branch,
  byte,
  extension,
  hexPrefix,
  leaf,
  pseudoRandom,
  reference,
  refusedCase,
  rlpList,
  rlpString,
  type TrieCase,
} from "./trieCases.js";

const key = pseudoRandom("malformed");
const digits = key.slice(2);
const nibble = parseInt(digits.charAt(0), 16);
const other = (nibble + 1) % 16;
const value = "0x" + "ab".repeat(40);
const path = rlpString(hexPrefix(digits, true));
const hash = (label: string) => rlpString(pseudoRandom("child", label));
const zeros = (size: number) => "0x" + "00".repeat(size);

/** A trie nobody would build: its root is whatever its first node hashes to. */
function refused(name: string, reason: Reason, proof: readonly string[], node = proof.length - 1): TrieCase {
  return refusedCase(`malformed: ${name}`, { root: keccak256(proof[0] ?? "0x"), key, proof }, reason, node);
}

function held(name: string, proof: readonly string[], expected = "0x"): TrieCase {
  const root = keccak256(proof[0] ?? "0x");
  return { name: `handmade: ${name}`, root, key, proof, reason: "None", node: 0, value: expected };
}

function lists(): TrieCase[] {
  const payload = concat(["0x20", "0x05"]);
  return [
    refused("empty element", "NotList", ["0x"]),
    refused("empty string", "NotList", [rlpString("0x" + "00".repeat(3))]),
    refused("string for a list", "NotList", [rlpString(leaf(digits, value))]),
    refused("empty list", "WrongItems", ["0xc0"]),
    refused("short list with a long form", "NotList", [concat(["0xf8", "0x02", payload])]),
    refused("middle list with two length bytes", "NotList", [concat(["0xf9", "0x004c", zeros(0x4c)])]),
    refused("three length bytes", "NotList", [concat(["0xfa", "0x000203", zeros(0x203)])]),
    refused("list cut off", "NotList", [leaf(digits, value).slice(0, -2)]),
    refused("byte behind the list", "NotList", [leaf(digits, value) + "00"]),
    refused("length byte missing", "NotList", ["0xf8"]),
    refused("one item", "WrongItems", [rlpList(path)]),
    refused("three items", "WrongChild", [rlpList(path, rlpString(value), "0x80")]),
    refused("sixteen items", "WrongItems", [rlpList(...Array<string>(16).fill("0x80"))]),
    refused("eighteen items", "WrongItems", [rlpList(...Array<string>(18).fill("0x80"))]),
    refused("two items, the second cut off", "WrongChild", [rlpList(path, concat(["0xa8", zeros(39)]))]),
    refused("item past the end", "WrongItems", [
      rlpList(...Array<string>(15).fill("0x80"), concat(["0xa0", zeros(20)])),
    ]),
    refused("last child past the end", "WrongItems", [
      rlpList(...Array<string>(15).fill("0x80"), concat(["0xa0", zeros(31)])),
    ]),
    refused("first item past the end", "WrongItems", [concat(["0xc2", "0xa000"])]),
  ];
}

function branches(): TrieCase[] {
  const full = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [i, hash(`full ${i}`)]));
  const reached = leaf(digits.slice(1), value);
  const withChild = (child: string) => branch({ ...full, [other]: child, [nibble]: reference(reached) });
  const inlineOf = (size: number) => concat([byte(0xc0 + size - 1), zeros(size - 1)]);
  const wrong = (name: string, child: string) =>
    refused(`child ${name}`, "WrongChild", [withChild(child), reached], 0);
  return [
    held("branch with siblings unseen", [withChild(hash("unseen")), reached], value),
    held("branch with an inline sibling of 31 bytes", [withChild(inlineOf(31)), reached], value),
    // As long as a full branch, with the flaw in every place of the sixteen.
    ...Array.from({ length: 16 }, (_, i) =>
      refused(
        `child ${i} inline of 33 bytes`,
        "WrongChild",
        [branch({ ...full, [nibble]: reference(reached), [i]: inlineOf(33) }), reached],
        0,
      ),
    ),
    held("branch without any child", [branch({})]),
    refused(
      "branch with a value",
      "BranchValue",
      [branch({ [nibble]: reference(reached) }, "0x05"), reached],
      0,
    ),
    refused(
      "full branch with a value",
      "BranchValue",
      [branch({ ...full, [nibble]: reference(reached) }, "0x05"), reached],
      0,
    ),
    wrong("of one byte", "0x05"),
    wrong("of 31 bytes", rlpString(zeros(31))),
    wrong("of 33 bytes", rlpString(zeros(33))),
    wrong("with a long form", concat(["0xb820", zeros(32)])),
    wrong("an empty list", "0xc0"),
    wrong("inline of 32 bytes", inlineOf(32)),
    wrong("with the prefix of a long list", concat(["0xf838", zeros(56)])),
    refused("reference to a short node", "NotInlined", [
      branch({ [nibble]: reference(leaf(digits.slice(1, 3), "0x05")), [other]: hash("x") }),
      leaf(digits.slice(1, 3), "0x05"),
    ]),
  ];
}

function paths(): TrieCase[] {
  const withPath = (encoded: string) => [rlpList(encoded, rlpString(value))];
  const wrong = (name: string, encoded: string) => refused(`path ${name}`, "WrongPath", withPath(encoded));
  const child = hash("child");
  const wrongExtension = (name: string, encoded: string) =>
    refused(`path ${name}`, "WrongPath", [rlpList(encoded, child)]);
  return [
    wrong("empty", "0x80"),
    wrong("an empty list", "0xc0"),
    wrong("a list", concat(["0xe1", hexPrefix(digits, true)])),
    wrong("with a long form", concat(["0xb821", hexPrefix(digits, true)])),
    wrong("of one byte with a prefix", "0x8120"),
    wrong("with flag 4", concat(["0xa1", "0x40", key])),
    wrong("with flag 8", concat(["0xa1", "0x80", key])),
    wrong("with padding", concat(["0xa1", "0x21", key])),
    wrong("one nibble short", rlpString(hexPrefix(digits.slice(0, 63), true))),
    wrong("two nibbles short", rlpString(hexPrefix(digits.slice(0, 62), true))),
    wrong("one nibble long", rlpString(hexPrefix(`${digits}0`, true))),
    wrong("two nibbles long", rlpString(hexPrefix(`${digits}00`, true))),
    wrongExtension("without nibbles", "0x00"),
    wrongExtension("of an extension with padding", "0x01"),
    wrongExtension("of an extension as long as the key", rlpString(hexPrefix(digits, false))),
    wrongExtension("of an extension longer than the key", rlpString(hexPrefix(`${digits}0`, false))),
    refused("odd path of 32 bytes beside a hash is no branch", "WrongPath", [
      rlpList(rlpString(hexPrefix(digits.slice(0, 63), true)), child),
    ]),
  ];
}

function values(): TrieCase[] {
  const wrong = (name: string, encoded: string) =>
    refused(`value ${name}`, "WrongValue", [rlpList(path, encoded)]);
  const strangerPath = rlpString(hexPrefix(pseudoRandom("stranger").slice(2), true));
  return [
    wrong("empty", "0x80"),
    wrong("of one byte with a prefix", "0x8105"),
    wrong("with a needless length", concat(["0xb837", zeros(55)])),
    wrong("with two needless length bytes", concat(["0xb900ff", zeros(255)])),
    wrong("with a zero length byte", "0xb800"),
    wrong("an empty list", "0xc0"),
    wrong("a list", concat(["0xc8", zeros(8)])),
    refused("value with three length bytes", "WrongChild", [
      rlpList(path, concat(["0xba000100", zeros(256)])),
    ]),
    refused("value a long list", "WrongChild", [rlpList(path, concat(["0xf838", zeros(56)]))]),
    refused("value empty in another leaf", "WrongValue", [rlpList(strangerPath, "0x80")]),
    held("leaf of 532 bytes", [rlpList(path, rlpString("0x" + "a0".repeat(492)))], "0x" + "a0".repeat(492)),
    held("value of zero", [leaf(digits, "0x00")], "0x00"),
  ];
}

function extensions(): TrieCase[] {
  const start = digits.slice(0, 10);
  const rest = leaf(digits.slice(10), value);
  const wrongChild = (name: string, child: string) =>
    refused(`extension's child ${name}`, "WrongChild", [extension(start, child)]);
  const nested = extension(digits.slice(10, 20), hash("below"));
  return [
    wrongChild("empty", "0x80"),
    wrongChild("of one byte", "0x05"),
    wrongChild("of 31 bytes", rlpString(zeros(31))),
    wrongChild("an empty list", "0xc0"),
    wrongChild("inline of 32 bytes", concat(["0xdf", zeros(31)])),
    refused("other extension's child empty", "WrongChild", [
      extension(pseudoRandom("stranger").slice(2, 12), "0x80"),
    ]),
    refused("leaf below an extension", "ExtensionChild", [extension(start, reference(rest)), rest]),
    refused("extension below an extension", "ExtensionChild", [extension(start, reference(nested)), nested]),
    refused("inline leaf below an extension", "ExtensionChild", [
      extension(digits.slice(0, 63), leaf(digits.slice(63), "0x05")),
    ]),
    refused("inline leaf below an extension, listed", "ExtensionChild", [
      extension(digits.slice(0, 63), leaf(digits.slice(63), "0x05")),
      leaf(digits.slice(63), "0x05"),
    ]),
  ];
}

/** Nodes below the last nibble of the key, where only a leaf without path belongs. */
function depths(): TrieCase[] {
  const last = parseInt(digits.charAt(63), 16);
  const above = (below: string) => {
    const lowest = branch({ [last]: reference(below), [(last + 1) % 16]: hash("beside") });
    return [extension(digits.slice(0, 63), reference(lowest)), lowest, below];
  };
  const full = branch(Object.fromEntries(Array.from({ length: 16 }, (_, i) => [i, hash(`deep ${i}`)])));
  const inlineAbove = (below: string) => [
    extension(digits.slice(0, 63), branch({ [last]: below, [(last + 1) % 16]: leaf("", "0x05") })),
  ];
  return [
    held("leaf without path", above(leaf("", value)), value),
    held("inline leaf without path", inlineAbove(leaf("", "0x05")), "0x05"),
    refused("branch below the last nibble", "TooDeep", above(branch({ 1: hash("x"), 2: hash("y") }))),
    refused("full branch below the last nibble", "TooDeep", above(full)),
    refused("extension below the last nibble", "WrongPath", above(extension("1", hash("x")))),
    refused("leaf with a path below the last nibble", "WrongPath", above(leaf("1", value))),
    refused("inline leaf with a path below the last nibble", "WrongPath", inlineAbove(leaf("1", "0x05"))),
  ];
}

/** Nodes that hash to what they must and are still not a trie's, each with the rule that it breaks. */
export function malformedCases(): TrieCase[] {
  return [...lists(), ...branches(), ...paths(), ...values(), ...extensions(), ...depths()];
}
