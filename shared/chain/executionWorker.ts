/** The other thread of `workers.ts`: executes blocks one after the other, asking the main thread for what it lacks. */
import { parentPort, type MessagePort } from "node:worker_threads";
import { executeBlock } from "../execution/executeBlock.js";
import { Witness, type WitnessSource } from "../execution/witness.js";
import { describeError } from "../runtime/errors.js";
import { admitting } from "./admitting.js";
import { summarise } from "./blockRecord.js";
import { BoundedStore } from "./boundedStore.js";
import { unpackBytes } from "./packedBytes.js";
import type { ExecuteMessage, FromWorker, NodesAnswer, Question, ToWorker } from "./workerMessages.js";

/** Per thread: the upper nodes of the tries and the busiest codes, which most blocks need. */
const REMEMBERED_NODES = 20_000;
const REMEMBERED_CODES = 200;

const nodes = new BoundedStore<Uint8Array>(REMEMBERED_NODES);
const codes = new BoundedStore<Uint8Array>(REMEMBERED_CODES);

const port = requirePort();
let onAnswer: ((message: ToWorker) => void) | undefined;

port.on("message", (message: ToWorker) => {
  if (message.kind !== "execute") return onAnswer?.(message);
  execute(message).then(tell, (error: unknown) => tell({ kind: "failed", error: describeError(error) }));
});

async function execute(message: ExecuteMessage): Promise<FromWorker> {
  const { block, parentStateRoot, parentHeaderRlp, forks, wantsNodes, wantsUsed } = message;
  const made: [string, Uint8Array][] = [];
  const found: [string, Uint8Array][] = [];
  const keepFound = wantsNodes ? (hash: string, rlp: Uint8Array) => void found.push([hash, rlp]) : undefined;
  const witness = new Witness({
    source: mainThread,
    nodes: admitting(nodes, keepFound),
    codes,
    isRecording: wantsUsed,
  });
  for (const node of unpackBytes(message.nodes)) witness.addNode(node);
  const execution = await executeBlock({
    block,
    parentStateRoot,
    ...(parentHeaderRlp === undefined ? {} : { parentHeaderRlp }),
    forks,
    witness,
    ancestorHash: async (number) => (await ask({ kind: "ancestor", number })) as Uint8Array,
    ...(wantsNodes ? { onNode: (hash: string, rlp: Uint8Array) => void made.push([hash, rlp]) } : {}),
  });
  const { used } = witness;
  return {
    kind: "done",
    summary: summarise(execution),
    made,
    found: used === undefined ? found : [...used.nodes],
    codes: used === undefined ? [] : [...used.codes],
  };
}

const mainThread: WitnessSource = {
  async fetchNode(missing, witness) {
    const answer = (await ask({ kind: "nodes", missing })) as NodesAnswer;
    for (const node of answer.nodes) witness.addNode(node);
    if (answer.isBranch) witness.assumeBranch(missing.hash);
  },
  async fetchCode(address, codeHash) {
    return (await ask({ kind: "code", address, codeHash })) as Uint8Array;
  },
};

function ask(question: Question): Promise<NodesAnswer | Uint8Array> {
  return new Promise((resolve, reject) => {
    onAnswer = (message) => {
      if (message.kind === "answer") resolve(message.value);
      else reject(new Error("the main thread could not answer"));
    };
    tell({ kind: "question", question });
  });
}

function tell(message: FromWorker): void {
  port.postMessage(message);
}

function requirePort(): MessagePort {
  if (parentPort === null) throw new Error("this file runs as a worker thread only");
  return parentPort;
}
