import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ExecutionError } from "./errors.js";

/** Largest file that is read, and largest content after decompression, in bytes. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * Reads a JSON file, gzipped if its name ends in `.gz`.
 * @throws ExecutionError UnreadableFile: absent, too large, not gzip, not JSON
 */
export async function readJsonFile(path: string): Promise<unknown> {
  const unreadable = (why: string, cause?: unknown): ExecutionError =>
    new ExecutionError("UnreadableFile", `${path} ${why}`, { path }, cause);
  const size = await stat(path).then(
    (found) => found.size,
    (cause: unknown) => {
      throw unreadable("does not exist or may not be read", cause);
    },
  );
  if (size > MAX_FILE_BYTES) throw unreadable(`has ${size} bytes, more than ${MAX_FILE_BYTES}`);
  let bytes: Buffer = await readFile(path).catch((cause: unknown) => {
    throw unreadable("cannot be read", cause);
  });
  if (path.endsWith(".gz")) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: MAX_FILE_BYTES });
    } catch (cause) {
      throw unreadable("is not gzip, or too large inside", cause);
    }
  }
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw unreadable("is not JSON", cause);
  }
}

export interface FoundFiles {
  files: string[];
  /** Paths that name nothing. */
  missing: { path: string; reason: string }[];
}

/** The files that `paths` name; folders are searched for `.json` and `.json.gz`, in name order. */
export async function findJsonFiles(paths: readonly string[]): Promise<FoundFiles> {
  const found: FoundFiles = { files: [], missing: [] };
  for (const path of paths) {
    const entry = await stat(path).catch(() => undefined);
    if (entry === undefined) found.missing.push({ path, reason: "does not exist or may not be read" });
    else if (!entry.isDirectory()) found.files.push(path);
    else {
      const inside = await filesIn(path);
      if (inside.length === 0) found.missing.push({ path, reason: "holds no .json or .json.gz file" });
      found.files.push(...inside);
    }
  }
  return found;
}

/** Hidden folders hold indexes and caches of other tools. */
async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => /\.json(\.gz)?$/.test(name) && !/(^|[\\/])\./.test(name))
    .sort()
    .map((name) => join(folder, name));
}
