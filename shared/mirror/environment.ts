import { z } from "zod";

/** Opcodes whose value is that of the chain they run on, as Replicas names them; bit i of the mask is opcode 0x30 + i. */
const OPCODES: Readonly<Record<string, number>> = {
  ADDRESS: 0x30,
  ORIGIN: 0x32,
  GASPRICE: 0x3a,
  BLOCKHASH: 0x40,
  COINBASE: 0x41,
  TIMESTAMP: 0x42,
  NUMBER: 0x43,
  PREVRANDAO: 0x44,
  GASLIMIT: 0x45,
  CHAINID: 0x46,
  BASEFEE: 0x48,
  BLOBHASH: 0x49,
  BLOBBASEFEE: 0x4a,
};

/** `TIMESTAMP,CHAINID` as the mask that `IFeeds.createReplica` takes. */
export const environmentMask = z.string().transform((text, context): number => {
  let mask = 0;
  for (const name of text.split(",").map((part) => part.trim().toUpperCase())) {
    const opcode = OPCODES[name];
    if (opcode === undefined) {
      context.addIssue(`must be opcodes separated by commas, of ${Object.keys(OPCODES).join(", ")}`);
      return z.NEVER;
    }
    mask |= 1 << (opcode - 0x30);
  }
  return mask >>> 0;
});

/** The opcodes of a mask, by name. */
export function environmentNames(mask: bigint): string[] {
  return Object.entries(OPCODES)
    .filter(([, opcode]) => (mask >> BigInt(opcode - 0x30)) & 1n)
    .map(([name]) => name);
}
