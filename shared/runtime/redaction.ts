const URL_IN_TEXT = /\b(?:https?|wss?):\/\/[^\s"'<>\\)\]},]+/gi;
const HIDDEN = "***";

/** Providers put API keys in the path: a long segment of letters and digits is taken for one. */
const KEY_LIKE_SEGMENT = /^[A-Za-z0-9_-]{16,}$/;

/** A URL without user, password, query values and path segments that look like API keys. */
export function redactUrl(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return HIDDEN;
  }
  const path = parsed.pathname
    .split("/")
    .map((segment) => (KEY_LIKE_SEGMENT.test(segment) ? HIDDEN : segment))
    .join("/");
  const query = [...parsed.searchParams.keys()].map((name) => `${name}=${HIDDEN}`).join("&");
  return `${parsed.protocol}//${parsed.host}${path === "/" ? "" : path}${query === "" ? "" : `?${query}`}`;
}

/** Any text with every URL in it redacted. */
export function redactText(text: string): string {
  return text.replace(URL_IN_TEXT, (url) => redactUrl(url));
}

const SECRET_FIELD = /^(private_?key|mnemonic|passwords?|passphrase|secret|authorization|seed)$/i;

/** Data made fit for logs and JSON: bigints as decimal strings, bytes as hex, URLs and secrets redacted. */
export function toPlain(value: unknown, depth = 0): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return redactText(value);
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  if (typeof value !== "object" || value === null) return value;
  if (depth > 8) return "[deep]";
  if (Array.isArray(value)) return value.map((item) => toPlain(item, depth + 1));
  if (value instanceof URL) return redactUrl(value.href);
  if (value instanceof Date) return value.toISOString();
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  const plain: Record<string, unknown> = {};
  for (const [key, item] of entries) {
    plain[String(key)] = SECRET_FIELD.test(String(key)) ? HIDDEN : toPlain(item, depth + 1);
  }
  return plain;
}
