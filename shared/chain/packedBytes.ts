/** Many short byte strings as two long ones, which pass between threads without being copied one by one. */
export interface PackedBytes {
  bytes: Uint8Array<ArrayBuffer>;
  /** Where each string ends within `bytes`. */
  ends: Uint32Array<ArrayBuffer>;
}

export function packBytes(strings: readonly Uint8Array[]): PackedBytes {
  const ends = new Uint32Array(strings.length);
  let end = 0;
  for (const [index, { length }] of strings.entries()) ends[index] = end += length;
  const bytes = new Uint8Array(end);
  for (const [index, string] of strings.entries()) bytes.set(string, (ends[index] ?? 0) - string.length);
  return { bytes, ends };
}

/** Copies, so that keeping one string does not keep all. */
export function unpackBytes({ bytes, ends }: PackedBytes): Uint8Array[] {
  return Array.from(ends, (end, index) => bytes.slice(ends[index - 1] ?? 0, end));
}
