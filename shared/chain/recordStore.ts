import { ClassicLevel } from "classic-level";
import { z } from "zod";
import { OptisyncError } from "../runtime/errors.js";
import type { BlockRecord, RecordStore } from "./history.js";

const verdict = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("match") }),
  z.object({ kind: z.literal("mismatch"), computed: z.string(), claimed: z.string() }),
  z.object({ kind: z.literal("invalid"), reason: z.string() }),
]);
const recordSchema = z.object({
  hash: z.string(),
  parentHash: z.string(),
  verdict,
  storage: z.record(z.string(), z.record(z.string(), z.tuple([z.string(), z.string()]))),
  wiped: z.array(z.string()),
});

export interface OpenRecordStore extends RecordStore {
  close(): Promise<void>;
}

/** Keeps the records of the last blocks in memory: for tests, and where no data directory is wanted. */
export function createMemoryRecords(capacity = 10_000): OpenRecordStore {
  const records = new Map<string, BlockRecord>();
  return {
    get: async (hash) => records.get(hash),
    async put(record) {
      records.set(record.hash, record);
      const [oldest] = records.keys();
      if (records.size > capacity && oldest !== undefined) records.delete(oldest);
    },
    close: async () => undefined,
  };
}

/**
 * Keeps records in LevelDB. A record that cannot be read any more is as good as none: its block is executed again.
 * @throws OptisyncError `DatabaseUnusable` (halt) if the folder cannot be opened, for instance because another
 * process has it.
 */
export async function openRecords(folder: string): Promise<OpenRecordStore> {
  const database = new ClassicLevel<string, string>(folder, { valueEncoding: "utf8" });
  try {
    await database.open();
  } catch (cause) {
    throw new OptisyncError(
      "DatabaseUnusable",
      `the database ${folder} cannot be opened; another process may use this --data-dir`,
      {
        action: "halt",
        details: { folder },
        cause,
      },
    );
  }
  return {
    async get(hash) {
      const text = await database.get(hash);
      return text === undefined ? undefined : parseRecord(text, hash);
    },
    put: (record) => database.put(record.hash, JSON.stringify(record)),
    close: () => database.close(),
  };
}

function parseRecord(text: string, hash: string): BlockRecord | undefined {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success && parsed.data.hash === hash ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
