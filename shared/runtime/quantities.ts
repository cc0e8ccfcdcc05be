import { getAddress, parseUnits } from "ethers";
import { z } from "zod";

/**
 * What people write in flags, the environment and configuration files, and what the program gets. Every schema takes
 * strings, since that is all a flag can be; those that have a natural JSON form take that too.
 */

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

function parseDurationMs(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const milliseconds = Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS];
  return Number.isInteger(milliseconds) ? milliseconds : undefined;
}

const DURATION_EXPECTED = "must be a duration like 500ms, 30s, 15m, 4h or 2d";

/** `30s`, `4h` as milliseconds. */
export const durationMs = converted(DURATION_EXPECTED, parseDurationMs);

/** `30s`, `4h` as whole seconds, for comparing with the time of a chain. */
export const durationSeconds = converted(DURATION_EXPECTED, (text) => {
  const milliseconds = parseDurationMs(text);
  return milliseconds === undefined || milliseconds % 1_000 !== 0 ? undefined : BigInt(milliseconds / 1_000);
});

/** `0.5ether`, `20gwei`, `7wei` as wei. A bare number is refused: its unit would be a guess. */
export const amountWei = converted(
  "must be an amount with its unit, like 0.5ether, 20gwei or 7wei",
  (text) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(ether|gwei|wei)$/.exec(text.trim()) ?? [];
    if (text.trim() === "0") return 0n;
    if (amount === undefined || unit === undefined) return undefined;
    return parseUnits(amount, unit);
  },
);

/** An address in lower case or with a right checksum (EIP-55), as checksummed text. */
export const address = converted(
  "must be an address: 0x and 40 hex digits, checksummed or in one case",
  (text) => (/^0x[0-9a-fA-F]{40}$/.test(text) ? getAddress(text) : undefined),
);

/** 32 bytes as lower-case hex: a hash, an id, a slot. */
export const bytes32 = converted("must be 32 bytes: 0x and 64 hex digits", (text) =>
  /^0x[0-9a-fA-F]{64}$/.test(text) ? text.toLowerCase() : undefined,
);

/** A storage slot, given as 32 bytes or as a small number, as 32 bytes. */
export const storageSlot = z.union([z.string(), z.int().nonnegative()]).transform((value, context) => {
  const slot = parseSlot(String(value));
  if (slot !== undefined) return slot;
  context.addIssue("must be a storage slot: a number, or 0x and up to 64 hex digits");
  return z.NEVER;
});

/** Different storage slots, `0,0x2a` or a JSON list, at most so many; as 32 bytes each, ascending. */
export function storageSlots(most: number) {
  return z
    .union([z.string(), z.int().nonnegative(), z.array(z.union([z.string(), z.int().nonnegative()]))])
    .transform((value, context) => {
      const texts = Array.isArray(value) ? value.map(String) : String(value).split(",");
      const slots = texts.map((text) => parseSlot(text.trim())).filter((slot) => slot !== undefined);
      const isWhole = slots.length === texts.length && new Set(slots).size === texts.length;
      if (isWhole && slots.length > 0 && slots.length <= most) return slots.sort();
      context.addIssue(
        `must be 1 to ${most} different storage slots separated by commas: numbers, or 0x and up to 64 hex digits`,
      );
      return z.NEVER;
    });
}

function parseSlot(text: string): string | undefined {
  const isNumber = /^(0x[0-9a-fA-F]{1,64}|\d{1,78})$/.test(text);
  if (!isNumber || BigInt(text) >= 1n << 256n) return undefined;
  return `0x${BigInt(text).toString(16).padStart(64, "0")}`;
}

/** Bytes of any length as hex. */
export const bytes = converted("must be bytes: 0x and an even number of hex digits", (text) =>
  /^0x(?:[0-9a-fA-F]{2})*$/.test(text) ? text.toLowerCase() : undefined,
);

/** A whole number from zero, for what a chain counts: blocks, seconds, ids. */
export const wholeNumber = z.union([z.string(), z.int()]).transform((value, context) => {
  const text = String(value);
  if (/^(\d+|0x[0-9a-fA-F]+)$/.test(text)) return BigInt(text);
  context.addIssue("must be a whole number from 0");
  return z.NEVER;
});

/** A small whole number within limits, for what a process counts: ports, workers. */
export function count(least: number, most: number) {
  return z.union([z.string(), z.int()]).transform((value, context) => {
    const number = /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    context.addIssue(`must be a whole number from ${least} to ${most}`);
    return z.NEVER;
  });
}

const HTTP_URL_EXPECTED = "must be an http:// or https:// URL";

/** The URL of a JSON-RPC endpoint. */
export const httpUrl = converted(HTTP_URL_EXPECTED, (text) => (isHttpUrl(text) ? text : undefined));

/** One or more URLs in order of preference: `a,b` or a JSON list. */
export const httpUrls = z.union([z.string(), z.array(z.string())]).transform((value, context) => {
  const urls = (Array.isArray(value) ? value : value.split(",")).map((url) => url.trim());
  if (urls.length > 0 && urls.every(isHttpUrl)) return urls;
  context.addIssue(`${HTTP_URL_EXPECTED}, or several separated by commas`);
  return z.NEVER;
});

/** One or more addresses: `a,b` or a JSON list. */
export const addresses = z.union([z.string(), z.array(z.string())]).transform((value, context) => {
  const parsed = (Array.isArray(value) ? value : value.split(",")).map((item) =>
    address.safeParse(item.trim()),
  );
  const good = parsed.filter((item) => item.success).map((item) => item.data);
  if (good.length > 0 && good.length === parsed.length) return good;
  context.addIssue("must be addresses separated by commas");
  return z.NEVER;
});

/** Yes or no; the environment says `true`, `false`, `1` or `0`. */
export const yesOrNo = z.union([z.boolean(), z.string()]).transform((value, context) => {
  if (value === true || value === "true" || value === "1") return true;
  if (value === false || value === "false" || value === "0") return false;
  context.addIssue("must be true or false");
  return z.NEVER;
});

/** A path of the file system. */
export const path = z.string().min(1, "must not be empty");

function isHttpUrl(text: string): boolean {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

function converted<T>(expected: string, convert: (text: string) => T | undefined) {
  return z.string({ error: expected }).transform((text, context): T => {
    try {
      const value = convert(text);
      if (value !== undefined) return value;
    } catch {
      // Said below: what was expected is clearer than why a parser failed.
    }
    context.addIssue(expected);
    return z.NEVER;
  });
}
