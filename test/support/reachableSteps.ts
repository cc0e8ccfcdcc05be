import { isDefined } from "../../shared/machine/Gas.js";
import { Rules } from "../../shared/machine/State.js";
import { hexByte, nameOf } from "./stepClasses.js";

/**
 * What can come of each kind of step, by the rules of docs/machine.md. A kind has a row, an outcome a column; a cell that is not
 * listed cannot be reached, for the reason that its table gives.
 */
export interface CoverageTable {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly [kind: string, outcomes: readonly string[]])[];
  /** Why the other cells cannot be reached. */
  reasons: readonly string[];
}

const OPCODES = Array.from({ length: 256 }, (_, op) => op).filter((op) => isDefined(op, Rules.OSAKA));
const ACCOUNT = "needs LOAD_ACCOUNT";
const CODE = "needs LOAD_CODE";
const HASH = "needs HASH";

/** The latched opcodes and what can come of a try, besides a halt. */
const LATCHED = new Map<number, readonly string[]>([
  [0x20, ["takes effect", HASH]],
  [0x31, ["takes effect", ACCOUNT]],
  [0x3b, ["takes effect", ACCOUNT, CODE]],
  [0x3c, ["takes effect", "starts COPY", ACCOUNT, CODE]],
  [0x3f, ["takes effect", ACCOUNT]],
  [0x40, ["takes effect", "needs LOAD_ANCESTOR"]],
  [0x47, ["takes effect"]],
  [0x49, ["takes effect"]],
  [0x54, ["takes effect", "needs LOAD_SLOT"]],
  [0x55, ["takes effect", "needs LOAD_SLOT"]],
  [0x5c, ["takes effect"]],
  [0x5d, ["takes effect"]],
  [0xf0, ["takes effect", "enters", ACCOUNT, CODE, HASH]],
  [0xf1, ["takes effect", "enters", ACCOUNT, CODE]],
  [0xf2, ["takes effect", "enters", ACCOUNT, CODE]],
  [0xf3, ["succeeds", HASH]],
  [0xf4, ["takes effect", "enters", ACCOUNT, CODE]],
  [0xf5, ["takes effect", "enters", ACCOUNT, CODE, HASH]],
  [0xfa, ["takes effect", "enters", ACCOUNT, CODE]],
  [0xfd, ["reverts"]],
  [0xff, ["succeeds", ACCOUNT]],
]);

function fetchedOutcomes(op: number): readonly string[] {
  if (op === 0x00) return ["succeeds"];
  if (LATCHED.has(op)) return ["latches", "halts"];
  const copies = [0x37, 0x39, 0x3e, 0x5e].includes(op);
  return copies ? ["takes effect", "starts COPY", "halts"] : ["takes effect", "halts"];
}

const fetched: CoverageTable = {
  title: "Opcodes, fetched",
  columns: ["takes effect", "starts COPY", "latches", "succeeds", "halts"],
  rows: [
    ...OPCODES.map((op) => [`fetched ${hexByte(op)}`, fetchedOutcomes(op)] as const),
    ["fetched undefined", ["halts"]],
  ],
  reasons: [
    "STOP costs nothing and takes nothing, so it cannot halt; no other opcode ends a frame when it is fetched.",
    "Only the four copying opcodes start a COPY job at once. Opcodes that need the world, a hash or another frame latch and do nothing else (§8).",
    "INVALID (fe), and CLZ before Osaka, are among the undefined ones.",
  ],
};

const latched: CoverageTable = {
  title: "Opcodes, latched",
  columns: [
    "takes effect",
    "starts COPY",
    "enters",
    "succeeds",
    "reverts",
    "halts",
    ACCOUNT,
    CODE,
    "needs LOAD_SLOT",
    "needs LOAD_ANCESTOR",
    HASH,
  ],
  rows: [...LATCHED].map(([op, outcomes]) => [`latched ${hexByte(op)}`, [...outcomes, "halts"]] as const),
  reasons: [
    "Each opcode needs only what §8 says. The executing account is always loaded, so SELFBALANCE, SLOAD, SSTORE and a creator never need one; blobs come from the raw transaction.",
    "RETURN needs a hash in a creation only; REVERT needs none. Only RETURN, REVERT and SELFDESTRUCT end a frame without failing.",
  ],
};

const END = [
  "succeeds",
  "succeeds, copies",
  "reverts",
  "reverts, copies",
  "halts",
  "makes the block invalid",
];
const frames: CoverageTable = {
  title: "Ends of frames",
  columns: END,
  rows: [
    ["frame CALL of a transaction", ["succeeds", "reverts", "halts"]],
    ["frame CALL of an opcode", ["succeeds", "succeeds, copies", "reverts", "reverts, copies", "halts"]],
    ["frame CREATE of a transaction", ["succeeds", "reverts", "halts"]],
    ["frame CREATE of an opcode", ["succeeds", "reverts", "halts"]],
    ["frame PRECOMPILE of a transaction", ["succeeds", "halts"]],
    ["frame PRECOMPILE of an opcode", ["succeeds", "succeeds, copies", "halts"]],
    ["frame PROGRAM of a transaction", ["succeeds"]],
    ["frame PROGRAM of an opcode", ["succeeds", "succeeds, copies"]],
    ["frame of a system call before", ["succeeds", "reverts", "halts"]],
    ["frame of a system call after", ["succeeds", "makes the block invalid"]],
  ],
  reasons: [
    "Nobody waits for the output of a transaction's or system call's frame, and a creation has no place for it. A halt has no output.",
    "Precompiles do not revert. Programs have more gas than any input can use, and do not fail (§10).",
    "Only the calls of EIP-7002 and EIP-7251 decide whether the block is valid; they end no other way than well or so (§9).",
  ],
};

const LOADS = ["ACCOUNT", "SLOT", "CODE", "ANCESTOR"];
const jobs: CoverageTable = {
  title: "Jobs",
  columns: ["goes on", "done", "succeeds", "halts"],
  rows: [
    ...LOADS.map((kind) => [`job LOAD_${kind}`, ["done"]] as const),
    ...["HASH", "COPY", "DATA"].map((kind) => [`job ${kind}`, ["goes on", "done"]] as const),
    ["job SHA256", ["goes on", "succeeds"]],
    ["job BLAKE2F", ["goes on", "succeeds"]],
    ["job MSM of 0c", ["goes on", "succeeds", "halts"]],
    ["job MSM of 0e", ["goes on", "succeeds", "halts"]],
    ["job PAIRING of 08", ["goes on", "succeeds", "halts"]],
    ["job PAIRING of 0f", ["goes on", "succeeds", "halts"]],
  ],
  reasons: [
    "A LOAD job is one step. Jobs of precompiles end the frame; the others do not.",
    "SHA-256 takes every input, and BLAKE2F's is checked before the job starts. MSM and pairings halt at a bad pair.",
  ],
};

const phases: CoverageTable = {
  title: "Phases",
  columns: [
    ACCOUNT,
    CODE,
    "goes on",
    "to BEGIN",
    "to CHECK",
    "to CHECK, starts DATA",
    "to WARM",
    "to AUTHORISE",
    "to ENTER",
    "to RUN",
    "to END",
    "to WITHDRAW",
    "to AFTER",
    "to FLUSH",
    "to DONE",
    "invalid",
  ],
  rows: [
    ["phase BEFORE", [ACCOUNT, CODE, "goes on", "to RUN", "to BEGIN"]],
    ["phase BEGIN", ["to CHECK", "to CHECK, starts DATA", "to WITHDRAW", "invalid"]],
    ["phase CHECK", [ACCOUNT, CODE, "to WARM", "invalid"]],
    ["phase WARM", ["goes on", "to AUTHORISE"]],
    ["phase AUTHORISE", [ACCOUNT, CODE, "goes on", "to ENTER"]],
    ["phase ENTER", [ACCOUNT, CODE, "to RUN", "to END"]],
    ["phase END", [ACCOUNT, "to BEGIN"]],
    ["phase WITHDRAW", [ACCOUNT, "goes on", "to AFTER", "to FLUSH", "to DONE", "invalid"]],
    ["phase AFTER", [ACCOUNT, CODE, "to RUN", "to FLUSH", "invalid"]],
  ],
  reasons: [
    "A phase leads only where §6 says. Of the needs, a warmed item has none, and the sender's code is asked for in CHECK alone.",
    "WITHDRAW ends in DONE on a chain that makes no system calls, in a block that loads nothing.",
    "DONE and INVALID are their own successors and have no steps to prove beyond that.",
  ],
};

const VISIT = ["a node", "a leaf, changes nothing", "a leaf, changes a trie", "ends the pass"];
const flush: CoverageTable = {
  title: "Passes of FLUSH",
  columns: VISIT,
  rows: [0, 1, 2, 3].map((pass) => [`phase FLUSH, pass ${pass}`, VISIT] as const),
  reasons: ["A visit that ends a pass is counted as what it visits as well."],
};

const NATIVE = [0x01, 0x06, 0x07, 0x0a, 0x0b, 0x0d, 0x10, 0x11, 0x100];
const precompiles: CoverageTable = {
  title: "Precompiles, started",
  columns: [
    "succeeds",
    "starts SHA256",
    "enters a program",
    "starts BLAKE2F",
    "starts MSM",
    "starts PAIRING",
    "halts",
  ],
  rows: (
    [
      ...NATIVE.map((address) => [address, ["succeeds"]] as const),
      [0x02, ["starts SHA256"]],
      [0x03, ["enters a program"]],
      [0x04, ["succeeds"]],
      [0x05, ["succeeds", "enters a program"]],
      [0x08, ["succeeds", "starts PAIRING"]],
      [0x09, ["starts BLAKE2F"]],
      [0x0c, ["starts MSM"]],
      [0x0e, ["starts MSM"]],
      [0x0f, ["starts PAIRING"]],
    ] as const
  )
    .toSorted(([left], [right]) => left - right)
    .map(([address, outcomes]) => [`precompile ${hexByte(address)}`, [...outcomes, "halts"]] as const),
  reasons: [
    "A precompile is done in one step or starts the job or the program that §10 gives it. MODEXP of no modulus and a BN254 pairing of nothing are known at once.",
  ],
};

export const coverageTables: readonly CoverageTable[] = [
  fetched,
  latched,
  frames,
  jobs,
  phases,
  flush,
  precompiles,
];

/** The names of all classes that the rules make reachable. */
export function reachableClasses(): string[] {
  return coverageTables.flatMap(({ rows }) =>
    rows.flatMap(([kind, outcomes]) => outcomes.map((outcome) => nameOf({ kind, outcome }))),
  );
}
