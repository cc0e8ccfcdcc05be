import { readFile, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Wallet } from "ethers";
import { OptisyncError } from "./errors.js";

/** How to find the key: exactly one of keystore, key file and `OPTISYNC_PRIVATE_KEY`. */
export interface WalletSources {
  keystore?: string | undefined;
  passwordFile?: string | undefined;
  keyFile?: string | undefined;
}

export interface SecretAccess {
  environment: Readonly<Record<string, string | undefined>>;
  /** Asks a person; undefined where there is none. */
  askPassword?: ((question: string) => Promise<string>) | undefined;
}

/**
 * The wallet of the process. Secrets come from files, the environment or a prompt, never from argv, and no error
 * contains any part of them.
 *
 * @throws OptisyncError (all halt) `KeyMissing`, `KeyAmbiguous`, `KeyUnreadable`, `KeyExposed` (others can read the
 * file), `KeyInvalid`, `PasswordMissing`, `PasswordWrong`.
 */
export async function loadWallet(sources: WalletSources, access: SecretAccess): Promise<Wallet> {
  const fromEnvironment = access.environment["OPTISYNC_PRIVATE_KEY"];
  const given = [
    ...(sources.keystore === undefined ? [] : ["--keystore"]),
    ...(sources.keyFile === undefined ? [] : ["--key-file"]),
    ...(fromEnvironment === undefined || fromEnvironment === "" ? [] : ["OPTISYNC_PRIVATE_KEY"]),
  ];
  if (given.length === 0) {
    throw halt("KeyMissing", "no key: give --keystore, --key-file or OPTISYNC_PRIVATE_KEY");
  }
  if (given.length > 1) throw halt("KeyAmbiguous", `more than one key: ${given.join(" and ")}`, { given });

  if (sources.keystore !== undefined) return openKeystore(sources.keystore, sources.passwordFile, access);
  if (sources.keyFile !== undefined) {
    return toWallet(await readSecretFile(sources.keyFile), sources.keyFile);
  }
  return toWallet(fromEnvironment ?? "", "OPTISYNC_PRIVATE_KEY");
}

async function openKeystore(
  path: string,
  passwordFile: string | undefined,
  access: SecretAccess,
): Promise<Wallet> {
  const json = await readText(path);
  const password = await findPassword(passwordFile, access, path);
  try {
    const wallet = await Wallet.fromEncryptedJson(json, password);
    return new Wallet(wallet.privateKey);
  } catch (error) {
    const isWrong = error instanceof Error && /incorrect password/i.test(error.message);
    if (isWrong) throw halt("PasswordWrong", `the password does not open ${path}`, { path });
    throw halt("KeyInvalid", `${path} is not a JSON keystore`, { path });
  }
}

async function findPassword(
  file: string | undefined,
  access: SecretAccess,
  keystore: string,
): Promise<string> {
  // Editors end files with a newline that is no part of the password.
  if (file !== undefined) return (await readSecretFile(file)).replace(/\r?\n$/, "");
  const fromEnvironment = access.environment["OPTISYNC_KEYSTORE_PASSWORD"];
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (access.askPassword !== undefined) return access.askPassword(`password of ${keystore}: `);
  throw halt(
    "PasswordMissing",
    `no password for ${keystore}: give --password-file or OPTISYNC_KEYSTORE_PASSWORD`,
  );
}

function toWallet(text: string, origin: string): Wallet {
  const key = text.trim();
  try {
    return new Wallet(key.startsWith("0x") ? key : `0x${key}`);
  } catch {
    // The cause would quote the key.
    throw halt("KeyInvalid", `${origin} does not hold a private key (64 hex digits)`, { origin });
  }
}

async function readSecretFile(path: string): Promise<string> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    const permissions = (mode & 0o777).toString(8);
    throw halt("KeyExposed", `${path} can be read by others (mode ${permissions}); run: chmod 600 ${path}`, {
      path,
      permissions,
    });
  }
  return readText(path);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): OptisyncError {
  return new OptisyncError("KeyUnreadable", `${path} cannot be read`, {
    action: "halt",
    details: { path },
    cause,
  });
}

function halt(code: string, message: string, details: Record<string, unknown> = {}): OptisyncError {
  return new OptisyncError(code, message, { action: "halt", details });
}

const SECRET_FLAG =
  /^--?(?:private-?key|priv-?key|key|secret(?:-?key)?|mnemonic|seed(?:-?phrase)?|password|passphrase|keystore-password)$/i;
const KEY_LIKE = /^(?:0x)?[0-9a-fA-F]{64}$/;

/** What is known about flags when argv is searched for secrets, each with its dashes. */
export interface KnownFlags {
  /** Flags whose value may well be 32 bytes: hashes, ids, slots. */
  hex: ReadonlySet<string>;
  /** Flags without value: what follows them is an argument of its own. */
  switches: ReadonlySet<string>;
}

/**
 * Refuses secrets on the command line, where every process of the machine can read them. Positional ids start with
 * 0x; a bare key does not. The error names the flag or the position, never the value.
 *
 * @throws OptisyncError `SecretInArguments` (halt)
 */
export function refuseSecretArguments(args: readonly string[], known: KnownFlags): void {
  args.forEach((arg, index) => {
    if (arg.startsWith("-")) {
      const [flag, value] = splitFlag(arg);
      if (SECRET_FLAG.test(flag)) throw secretIn(flag);
      if (value !== undefined && looksSecret(value, known.hex.has(flag))) throw secretIn(flag);
      return;
    }
    const before = args[index - 1] ?? "";
    const isValue = before.startsWith("-") && !before.includes("=") && !known.switches.has(before);
    if (looksSecret(arg, isValue ? known.hex.has(before) : arg.startsWith("0x"))) {
      throw secretIn(isValue ? before : `argument ${index + 1}`);
    }
  });
}

function looksSecret(text: string, mayBeHash: boolean): boolean {
  if (KEY_LIKE.test(text)) return !mayBeHash;
  const words = text.trim().split(/\s+/);
  return words.length >= 12 && words.every((word) => /^[a-z]{3,8}$/.test(word));
}

function splitFlag(arg: string): [string, string | undefined] {
  const at = arg.indexOf("=");
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

function secretIn(where: string): OptisyncError {
  return halt(
    "SecretInArguments",
    `${where} looks like a secret, and other users of this machine can read command lines; ` +
      "use --keystore, --key-file or OPTISYNC_PRIVATE_KEY, and treat this key as known",
    { where },
  );
}

/** Asks for a password on a terminal without showing it. Give it to `loadWallet` only where a person can answer. */
export async function promptPassword(question: string, signal?: AbortSignal): Promise<string> {
  process.stderr.write(question);
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: mute, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      const interrupt = (): void => reject(new DOMException("interrupted", "AbortError"));
      lines.once("line", resolve).once("SIGINT", interrupt);
      signal?.addEventListener("abort", interrupt, { once: true });
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
