import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { fromHex, keccak256, toHex } from "../execution/crypto.js";
import { MissingNode } from "../execution/errors.js";
import type { BlockExecutionInput } from "../execution/executeBlock.js";
import { PartialTrie, type NodeStore } from "../execution/partialTrie.js";
import type { MissingAt, Witness } from "../execution/witness.js";
import { OptisyncError, type ErrorDescription } from "../runtime/errors.js";
import type { BlockSummary } from "./blockRecord.js";
import { packBytes } from "./packedBytes.js";
import type { FromWorker, NodesAnswer, Question, ToWorker } from "./workerMessages.js";

/** Threads that execute blocks. */
export interface Workers {
  readonly size: number;
  /**
   * Executes a block on the next free thread, as `executeBlock` does. What the thread lacks of the witness is looked up
   * here, in `input.witness`, whose source may fetch it.
   *
   * @throws as `executeBlock`; OptisyncError `WorkerCrashed` (retry) if the thread ended, for instance for want of
   * memory; AbortError once the signal has fired or the threads were closed.
   */
  execute(input: BlockExecutionInput): Promise<BlockSummary>;
  /** Ends all threads, whatever they do. */
  close(): Promise<void>;
}

export interface WorkersOptions {
  /** Threads; each is started when there is first something for it to do. */
  size: number;
  signal?: AbortSignal;
  /** Heap of one thread in MiB; a block that needs more is `WorkerCrashed`. */
  heapMiB?: number;
  /** The program of a thread. */
  entry?: URL;
}

const HEAP_MIB = 1_024;

/** All cores but the one that talks to the nodes; at least one. */
export function defaultWorkers(): number {
  return Math.max(1, availableParallelism() - 1);
}

export function createWorkers(options: WorkersOptions): Workers {
  return new Threads(options);
}

interface Job {
  input: BlockExecutionInput;
  resolve(summary: BlockSummary): void;
  reject(error: unknown): void;
  /** Why an answer could not be given to the thread: the real reason why the block failed. */
  failure?: unknown;
}

interface Thread {
  worker: Worker;
  job: Job | undefined;
}

class Threads implements Workers {
  readonly size: number;
  readonly #options: WorkersOptions;
  readonly #threads = new Set<Thread>();
  readonly #waiting: Job[] = [];
  #closed: unknown;

  constructor(options: WorkersOptions) {
    this.size = options.size;
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted) void this.#end(abortError(signal));
    signal?.addEventListener("abort", () => void this.#end(abortError(signal)), { once: true });
  }

  execute(input: BlockExecutionInput): Promise<BlockSummary> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed);
      this.#waiting.push({ input, resolve, reject });
      this.#startNext();
    });
  }

  async close(): Promise<void> {
    await this.#end(abortError());
  }

  #startNext(): void {
    const idle = [...this.#threads].find(({ job }) => job === undefined);
    if (this.#waiting.length === 0 || (idle === undefined && this.#threads.size >= this.size)) return;
    const thread = idle ?? this.#spawn();
    const job = this.#waiting.shift() as Job;
    thread.job = job;
    thread.worker.ref();
    const { block, parentStateRoot, parentHeaderRlp, forks, witness, onNode } = job.input;
    const nodes = packBytes(witness.unhashedNodes);
    const wantsNodes = onNode !== undefined;
    const wantsUsed = witness.used !== undefined;
    const task = { block, parentStateRoot, parentHeaderRlp, forks, nodes, wantsNodes, wantsUsed };
    tell(thread, { kind: "execute", ...task }, [nodes.bytes.buffer, nodes.ends.buffer]);
  }

  #spawn(): Thread {
    const { entry = ENTRY, heapMiB = HEAP_MIB } = this.#options;
    const worker = new Worker(entry, {
      // A thread does without the main thread's loaders and inspectors.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
    });
    const thread: Thread = { worker, job: undefined };
    this.#threads.add(thread);
    worker.on("message", (message: FromWorker) => void this.#receive(thread, message));
    worker.on("error", (error) => this.#lose(thread, error));
    worker.on("exit", (code) => this.#lose(thread, new Error(`it ended with exit code ${code}`)));
    return thread;
  }

  async #receive(thread: Thread, message: FromWorker): Promise<void> {
    const { job } = thread;
    if (job === undefined) return;
    if (message.kind === "question") return this.#answer(thread, job, message.question);
    thread.job = undefined;
    // An idle thread does not keep the process alive.
    thread.worker.unref();
    if (message.kind === "done") {
      for (const [hash, rlp] of message.found) job.input.witness.takeFound(hash, rlp);
      for (const [hash, code] of message.codes) job.input.witness.takeFoundCode(hash, code);
      for (const [hash, rlp] of message.made) job.input.onNode?.(hash, rlp);
      job.resolve(message.summary);
    } else {
      job.reject(job.failure ?? toError(message.error));
    }
    this.#startNext();
  }

  async #answer(thread: Thread, job: Job, question: Question): Promise<void> {
    let message: ToWorker;
    try {
      message = { kind: "answer", value: await answer(job.input, question) };
    } catch (error) {
      job.failure = error;
      message = { kind: "refusal" };
    }
    // The thread may have ended meanwhile.
    if (thread.job === job) tell(thread, message);
  }

  /** A thread ended by itself: its block fails, and the next block gets a new thread. */
  #lose(thread: Thread, cause: Error): void {
    if (!this.#threads.delete(thread)) return;
    void thread.worker.terminate();
    const error = new OptisyncError(
      "WorkerCrashed",
      `the thread that executed a block ended: ${cause.message}`,
      {
        action: "retry",
        cause,
      },
    );
    thread.job?.reject(error);
    thread.job = undefined;
    this.#startNext();
  }

  async #end(reason: unknown): Promise<void> {
    this.#closed ??= reason;
    const threads = [...this.#threads];
    this.#threads.clear();
    for (const job of this.#waiting.splice(0)) job.reject(reason);
    for (const thread of threads) {
      thread.job?.reject(reason);
      thread.job = undefined;
    }
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }
}

const ENTRY = new URL(
  import.meta.url.endsWith(".ts") ? "./executionWorkerStart.js" : "./executionWorker.js",
  import.meta.url,
);

function tell({ worker }: Thread, message: ToWorker, transferred: ArrayBuffer[] = []): void {
  worker.postMessage(message, transferred);
}

async function answer(input: BlockExecutionInput, question: Question): Promise<NodesAnswer | Uint8Array> {
  if (question.kind === "ancestor") return input.ancestorHash(question.number);
  if (question.kind === "code") return input.witness.code(question.address, question.codeHash);
  return nodesFor(input.witness, question.missing);
}

/**
 * The node that a walk of the thread's lacked, and those that the walk will need after it: one exchange per key, not
 * one per node.
 */
async function nodesFor(witness: Witness, missing: MissingAt): Promise<NodesAnswer> {
  const { address, slot, hash, path, role } = missing;
  const at = slot === undefined ? { address } : { address, slot };
  const found = new Map<string, Uint8Array>();
  const recording: NodeStore = {
    node(of) {
      const rlp = witness.node(of);
      if (rlp !== undefined) found.set(of, rlp);
      return rlp;
    },
    isBranch: (of) => witness.isBranch(of),
  };
  const isBranch = await witness.withNodes(at, () => {
    if (recording.node(hash) === undefined) {
      if (role === "sibling" && witness.isBranch(hash)) return true;
      throw new MissingNode(hash, path, role);
    }
    const key = toHex(keccak256(fromHex(slot ?? address)));
    // A sibling is not on the way to the key: it is needed for itself.
    if (role === "path") walkAsFarAsKnown(new PartialTrie(hash, recording), key.slice(path.length));
    return false;
  });
  return { nodes: [...found.values()], isBranch };
}

function walkAsFarAsKnown(trie: PartialTrie, key: string): void {
  try {
    trie.get(key);
  } catch (error) {
    // The thread will ask for this one, too, and knows its path from the root.
    if (!(error instanceof MissingNode)) throw error;
  }
}

/** The error of the other thread, of which only data arrives. */
function toError({ code, message, action, details, cause }: ErrorDescription): OptisyncError {
  return new OptisyncError(code, message, {
    action,
    ...(details === undefined ? {} : { details }),
    ...(cause === undefined ? {} : { cause: toError(cause) }),
  });
}

function abortError(signal?: AbortSignal): unknown {
  const reason: unknown = signal?.reason;
  if (reason instanceof Error && reason.name === "AbortError") return reason;
  return new DOMException("the execution of blocks was ended", "AbortError");
}
