import { concat, dataSlice, getAddress, toBeHex, toUtf8String } from "ethers";
import { dataSlot, firstElement } from "./locate.js";
import { elementAt, LayoutError, slotsOf, SLOTS, type Place, type ScalarType } from "./storageType.js";

/**
 * A value out of storage: integers as bigint, addresses checksummed, `bytes` as hex, text as text, arrays as lists,
 * structs by the names of their members.
 */
export type StoredValue =
  bigint | boolean | string | readonly StoredValue[] | { readonly [member: string]: StoredValue };

/** Where the words come from: all of them of one state, or the value would be a mixture of two. */
export interface WordSource {
  /** The words in these slots, in their order. */
  words(slots: readonly bigint[]): Promise<readonly bigint[]>;
}

/** Slots that a value may take unless told otherwise: some other contract decides how long its arrays are. */
export const MAX_SLOTS = 1_024;

/**
 * Reads the whole value that lies at a place.
 *
 * @throws LayoutError `MappingUnbounded` for a mapping or what holds one in an array, `ValueTooLarge`,
 * `StorageMalformed`; and what the source of words throws. Members of a struct that are mappings are left out.
 */
export async function readStored(
  place: Place,
  source: WordSource,
  maxSlots = MAX_SLOTS,
): Promise<StoredValue> {
  return new StorageReader(source, maxSlots).read(place);
}

class StorageReader {
  readonly #source: WordSource;
  readonly #maxSlots: bigint;
  readonly #words = new Map<bigint, bigint>();

  constructor(source: WordSource, maxSlots: number) {
    this.#source = source;
    this.#maxSlots = BigInt(maxSlots);
  }

  async read(place: Place): Promise<StoredValue> {
    const { type, slot } = place;
    switch (type.kind) {
      case "scalar":
        return decodeScalar(type, await this.#word(slot), place.offset);
      case "bytes":
        return this.#bytes(slot, type.isText);
      case "mapping":
        throw new LayoutError("MappingUnbounded", "a mapping can only be read at a key", { slot });
      case "struct": {
        await this.#load(slot, type.slots);
        const fields: Record<string, StoredValue> = {};
        for (const { name, type: member, slot: at, offset } of type.members) {
          if (member.kind === "mapping") continue;
          fields[name] = await this.read({ type: member, slot: (slot + at) % SLOTS, offset });
        }
        return fields;
      }
      case "array": {
        const length = type.length ?? (await this.#word(slot));
        // Before the multiplication below: what stands for a length may be any word.
        if (length > this.#maxSlots * 32n) throw this.#tooLarge(length, "elements");
        const first = firstElement(type.length, slot);
        await this.#load(first, slotsOf({ ...type, length }));
        const elements: StoredValue[] = [];
        for (let index = 0n; index < length; index++) {
          const at = elementAt(type.element, index);
          elements.push(
            await this.read({ type: type.element, slot: (first + at.slot) % SLOTS, offset: at.offset }),
          );
        }
        return elements;
      }
    }
  }

  /** Up to 31 bytes lie in the slot itself with twice their length in its last byte, more lie elsewhere. */
  async #bytes(slot: bigint, isText: boolean): Promise<string> {
    const word = await this.#word(slot);
    const isLong = (word & 1n) === 1n;
    const length = isLong ? (word - 1n) / 2n : (word & 0xffn) / 2n;
    if (isLong === length < 32n) {
      throw new LayoutError("StorageMalformed", `slot ${toBeHex(slot)} holds no string or bytes`, {
        slot,
        word: toBeHex(word, 32),
      });
    }
    const data = isLong ? await this.#long(slot, length) : toBeHex(word, 32);
    const bytes = dataSlice(data, 0, Number(length));
    if (!isText) return bytes;
    try {
      return toUtf8String(bytes);
    } catch {
      throw new LayoutError("StorageMalformed", `slot ${toBeHex(slot)} holds bytes that are no text`, {
        slot,
        bytes,
      });
    }
  }

  async #long(slot: bigint, length: bigint): Promise<string> {
    const first = dataSlot(slot);
    const count = (length + 31n) / 32n;
    await this.#load(first, count);
    const words: string[] = [];
    for (let i = 0n; i < count; i++) words.push(toBeHex(await this.#word((first + i) % SLOTS), 32));
    return concat(words);
  }

  async #word(slot: bigint): Promise<bigint> {
    await this.#load(slot, 1n);
    return this.#words.get(slot) as bigint;
  }

  /** Fetches what is still unknown of a run of slots, at once. */
  async #load(first: bigint, count: bigint): Promise<void> {
    if (count > this.#maxSlots) throw this.#tooLarge(count, "slots");
    const wanted: bigint[] = [];
    for (let i = 0n; i < count; i++) {
      const slot = (first + i) % SLOTS;
      if (!this.#words.has(slot)) wanted.push(slot);
    }
    if (wanted.length === 0) return;
    if (BigInt(this.#words.size + wanted.length) > this.#maxSlots)
      throw this.#tooLarge(BigInt(this.#words.size + wanted.length), "slots");
    const words = await this.#source.words(wanted);
    wanted.forEach((slot, index) => {
      const word = words[index];
      if (word === undefined) throw new RangeError(`${words.length} words came for ${wanted.length} slots`);
      this.#words.set(slot, word);
    });
  }

  #tooLarge(count: bigint, what: string): LayoutError {
    return new LayoutError(
      "ValueTooLarge",
      `the value takes ${count} ${what}, at most ${this.#maxSlots} slots are read`,
      { count, maxSlots: this.#maxSlots },
    );
  }
}

/** The value in `bytes` bytes of a word, `offset` bytes from its low end. */
export function decodeScalar({ scalar, bytes }: ScalarType, word: bigint, offset: number): StoredValue {
  const value = BigInt.asUintN(8 * bytes, word >> BigInt(8 * offset));
  switch (scalar) {
    case "uint":
      return value;
    case "int":
      return BigInt.asIntN(8 * bytes, value);
    case "bool":
      return value !== 0n;
    case "address":
      return getAddress(toBeHex(value, 20));
    case "bytes":
    case "raw":
      return toBeHex(value, bytes);
  }
}
