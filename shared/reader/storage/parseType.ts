import { LayoutError, slotsOf, structOf, SLOTS, type ScalarType, type StorageType } from "./storageType.js";

/**
 * Reads a type as Solidity writes it, structs spelled out and enums and contracts by what they are:
 *
 *     uint128    bytes    string[]    address[7]    mapping(address => mapping(uint256 => bool))
 *     struct(uint96 amount, address owner, uint64[] deadlines)
 *
 * An enum is a `uint8`, a contract an `address`, a user-defined value type what it is made of.
 *
 * @throws LayoutError `TypeMalformed`
 */
export function parseType(text: string): StorageType {
  const parser = new TypeParser(text);
  const type = parser.type(0);
  parser.end();
  return type;
}

/** Deeper than any contract goes, and shallow enough for the stack. */
const MAX_DEPTH = 32;

class TypeParser {
  readonly #text: string;
  readonly #tokens: string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = text.match(/=>|[A-Za-z_$][\w$]*|\d+|\S/g) ?? [];
  }

  type(depth: number): StorageType {
    if (depth > MAX_DEPTH) throw this.#malformed("it is nested too deep");
    let type = this.#base(depth);
    while (this.#peek() === "[") type = this.#array(type);
    return type;
  }

  end(): void {
    if (this.#peek() !== undefined) throw this.#malformed(`"${this.#peek()}" was not expected`);
  }

  #base(depth: number): StorageType {
    const word = this.#take("a type");
    if (word === "mapping") return this.#mapping(depth);
    if (word === "struct") return this.#struct(depth);
    if (word === "bytes" || word === "string") return { kind: "bytes", isText: word === "string" };
    const scalar = parseScalar(word);
    if (scalar === undefined) throw this.#malformed(`"${word}" is no type of storage`);
    if (word === "address" && this.#peek() === "payable") this.#at += 1;
    return scalar;
  }

  #mapping(depth: number): StorageType {
    this.#expect("(");
    const key = this.type(depth + 1);
    if (key.kind !== "scalar" && key.kind !== "bytes")
      throw this.#malformed("a mapping's key must be a value");
    this.#skipName("=>");
    this.#expect("=>");
    const value = this.type(depth + 1);
    this.#skipName(")");
    this.#expect(")");
    return { kind: "mapping", key, value };
  }

  #struct(depth: number): StorageType {
    this.#expect("(");
    const fields: { name: string; type: StorageType }[] = [];
    do {
      const type = this.type(depth + 1);
      const name = this.#take("a member's name");
      if (!/^[A-Za-z_$]/.test(name)) throw this.#malformed(`"${name}" is no name`);
      if (fields.some((field) => field.name === name)) throw this.#malformed(`there are two members ${name}`);
      fields.push({ name, type });
    } while (this.#takeIf(","));
    this.#expect(")");
    return this.#bounded(structOf(fields));
  }

  #array(element: StorageType): StorageType {
    this.#expect("[");
    const size = this.#takeIf("]") ? undefined : this.#take("a length");
    if (size === undefined) return { kind: "array", element, length: undefined };
    if (!/^\d{1,78}$/.test(size) || BigInt(size) === 0n) throw this.#malformed(`"${size}" is no length`);
    this.#expect("]");
    return this.#bounded({ kind: "array", element, length: BigInt(size) });
  }

  /** The compiler refuses what does not fit into storage, and so does this. */
  #bounded(type: StorageType): StorageType {
    if (slotsOf(type) < SLOTS) return type;
    throw this.#malformed("it is larger than storage");
  }

  /** Solidity lets mappings name their keys and values. */
  #skipName(end: string): void {
    if (this.#peek() !== end && /^[A-Za-z_$]/.test(this.#peek() ?? "")) this.#at += 1;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(what: string): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#malformed(`it ends where ${what} was expected`);
    return token;
  }

  #takeIf(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    const got = this.#take(`"${token}"`);
    if (got !== token) throw this.#malformed(`"${got}" stands where "${token}" was expected`);
  }

  #malformed(why: string): LayoutError {
    return new LayoutError("TypeMalformed", `"${this.#text}" is no type: ${why}`, { type: this.#text });
  }
}

/** An elementary type of at most 32 bytes, by its name. */
export function parseScalar(word: string): ScalarType | undefined {
  if (word === "bool") return { kind: "scalar", scalar: "bool", bytes: 1 };
  if (word === "address") return { kind: "scalar", scalar: "address", bytes: 20 };
  const [, name, digits] = /^(uint|int|bytes)(\d{0,3})$/.exec(word) ?? [];
  if (name === undefined || digits === undefined || digits.startsWith("0")) return undefined;
  if (name === "bytes") {
    const bytes = Number(digits);
    return bytes >= 1 && bytes <= 32 ? { kind: "scalar", scalar: "bytes", bytes } : undefined;
  }
  const bits = digits === "" ? 256 : Number(digits);
  if (bits < 8 || bits > 256 || bits % 8 !== 0) return undefined;
  return { kind: "scalar", scalar: name === "int" ? "int" : "uint", bytes: bits / 8 };
}
