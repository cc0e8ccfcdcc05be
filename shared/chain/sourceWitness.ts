import { z } from "zod";
import { fromHex, keccak256, toHex } from "../execution/crypto.js";
import { revealSibling } from "../execution/revealSibling.js";
import { Witness, type ByteStore, type MissingAt, type WitnessSource } from "../execution/witness.js";
import type { Rpc } from "./rpc.js";
import { RpcError } from "./rpcErrors.js";
import type { VerifiedBlock } from "./sourceBody.js";
import { sourceLied, type SourceError } from "./sourceErrors.js";
import { data, quantity, throwUnlessReorganized, type SourceHeader } from "./sourceHeader.js";
import { parseProof, requestProof, type ProofAnswer } from "./sourceProof.js";

/** Nodes and codes of the source chain by hash, shared by the blocks of a process. */
export interface StateStores {
  nodes: ByteStore;
  codes: ByteStore;
}

/** Which of the ways to fetch a witness in one piece the node turned out to have. */
export interface WitnessMethods {
  hasExecutionWitness: boolean;
  hasPrestateTracer: boolean;
}

/**
 * A witness for executing `block` on its parent's state. What the node offers in one piece is fetched ahead
 * (`debug_executionWitness`, else the prestate tracer's list with `eth_getProof`, else the accounts that the
 * transactions mention); whatever is still missing is fetched with `eth_getProof` at the moment it is needed.
 * Nothing fetched is believed: it is found by its hash from the parent's state root, or not at all.
 */
export async function fetchWitness(
  rpc: Rpc,
  block: VerifiedBlock,
  parent: SourceHeader,
  stores: StateStores,
  methods: WitnessMethods,
): Promise<Witness> {
  const witness = new Witness({ source: lazySource(rpc, block.header, parent), ...stores });
  if (methods.hasExecutionWitness) {
    methods.hasExecutionWitness = await tryMethod(() => addExecutionWitness(rpc, block.header, witness));
    if (methods.hasExecutionWitness) return witness;
  }
  let keys: Map<string, string[]> | undefined;
  if (methods.hasPrestateTracer) {
    methods.hasPrestateTracer = await tryMethod(async () => {
      keys = await tracedKeys(rpc, block.header);
    });
  }
  keys ??= new Map(block.mentioned.map((address) => [address.toLowerCase(), []]));
  await addProofs(rpc, parent.number, keys, witness);
  return witness;
}

function lazySource(rpc: Rpc, header: SourceHeader, parent: SourceHeader): WitnessSource {
  return {
    async fetchNode(missing, witness) {
      const before = await proofAt(rpc, parent.number, missing);
      addNodes(before, witness);
      if (witness.node(missing.hash) !== undefined) return;
      if (missing.role === "sibling") {
        // The parent's proof of a key does not show its sibling; the proof after the deletion shows what became of it.
        const after = await proofAt(rpc, header.number, missing);
        const path = missing.slot === undefined ? after.accountProof : (after.storageProof[0]?.proof ?? []);
        if (revealSibling(missing, path.map(fromHex), witness)) return;
      }
      await throwUnlessReorganized(rpc, header, missingNode(missing, parent));
    },
    async fetchCode(address, codeHash) {
      const answer = await rpc.request("eth_getCode", [`0x${address}`, hexNumber(parent.number)]);
      const code = data.safeParse(answer);
      if (code.success && toHex(keccak256(fromHex(code.data))) === codeHash) return fromHex(code.data);
      const lie = sourceLied(
        "code",
        `the code of 0x${address} does not have the hash that its account names`,
        {
          number: parent.number.toString(),
          address: `0x${address}`,
          codeHash: `0x${codeHash}`,
        },
      );
      return throwUnlessReorganized(rpc, header, lie);
    },
  };
}

function missingNode({ address, slot, role, hash }: MissingAt, parent: SourceHeader): SourceError {
  return sourceLied("proof", `the proof of 0x${address} lacks a node that its state root names`, {
    number: parent.number.toString(),
    address: `0x${address}`,
    ...(slot === undefined ? {} : { slot: `0x${slot}` }),
    role,
    node: `0x${hash}`,
  });
}

function proofAt(rpc: Rpc, number: bigint, { address, slot }: MissingAt): Promise<ProofAnswer> {
  return requestProof(rpc, number, `0x${address}`, slot === undefined ? [] : [`0x${slot}`]);
}

function addNodes(answer: ProofAnswer, witness: Witness): void {
  for (const node of answer.accountProof) witness.addNode(fromHex(node));
  for (const { proof } of answer.storageProof) for (const node of proof) witness.addNode(fromHex(node));
}

/** Geth answers with a list of nodes, older reth and others with a map of them: both hold RLP as hex. */
const witnessJson = z.looseObject({
  state: z.union([z.array(data), z.record(z.string(), data)]),
  codes: z.union([z.array(data), z.record(z.string(), data)]),
});

async function addExecutionWitness(rpc: Rpc, header: SourceHeader, witness: Witness): Promise<void> {
  const { state, codes } = witnessJson.parse(
    await rpc.request("debug_executionWitness", [hexNumber(header.number)]),
  );
  for (const node of Object.values(state)) witness.addNode(fromHex(node));
  for (const code of Object.values(codes)) witness.addCode(fromHex(code));
}

const traceJson = z.array(
  z.looseObject({
    result: z.record(z.string(), z.looseObject({ storage: z.record(z.string(), quantity).nullish() })),
  }),
);

/** Accounts and slots that the block's transactions touch, as geth's prestate tracer lists them. */
async function tracedKeys(rpc: Rpc, header: SourceHeader): Promise<Map<string, string[]>> {
  const answer = await rpc.request("debug_traceBlockByHash", [header.hash, { tracer: "prestateTracer" }]);
  const keys = new Map<string, Set<string>>();
  for (const { result } of traceJson.parse(answer)) {
    for (const [address, { storage }] of Object.entries(result)) {
      const slots = keys.get(address) ?? new Set();
      for (const slot of Object.keys(storage ?? {})) slots.add(slot);
      keys.set(address, slots);
    }
  }
  return new Map([...keys].map(([address, slots]) => [address, [...slots]]));
}

async function addProofs(
  rpc: Rpc,
  number: bigint,
  keys: Map<string, string[]>,
  witness: Witness,
): Promise<void> {
  const calls = [...keys].map(([address, slots]) => ({
    method: "eth_getProof",
    params: [address, slots, hexNumber(number)],
  }));
  for (const answer of await rpc.batch(calls)) addNodes(parseProof(answer), witness);
}

/** Runs a method that a node may lack, refuse or answer unusably: false then, and it is not tried again. */
async function tryMethod(attempt: () => Promise<void>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    const isRefused =
      error instanceof RpcError && (error.code === "RpcMethodUnsupported" || error.code === "RpcRefused");
    if (isRefused || error instanceof z.ZodError) return false;
    throw error;
  }
}

function hexNumber(number: bigint): string {
  return `0x${number.toString(16)}`;
}
