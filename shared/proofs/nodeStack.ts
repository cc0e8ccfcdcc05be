import { concat, toBeHex } from "ethers";

/** A branch on a path, told by its other children: bit i of the mask for child i, by their hashes (0x hex). */
export function branchStep(siblings: readonly { readonly nibble: number; readonly hash: string }[]): string {
  const mask = siblings.reduce((bits, { nibble }) => bits | (1 << nibble), 0);
  return concat(["0x40", toBeHex(mask, 2), ...siblings.map(({ hash }) => hash)]);
}

/** An extension on a path, over so many nibbles. */
export function extensionStep(nibbles: number): string {
  return toBeHex(0x80 + nibbles, 1);
}
