/** Mnemonics of opcodes, for people. */
const ROWS: Readonly<Record<number, string>> = {
  0x00: "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND",
  0x10: "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ",
  0x20: "KECCAK256",
  0x30: "ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY GASPRICE EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH",
  0x40: "BLOCKHASH COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH BLOBBASEFEE",
  0x50: "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY PUSH0",
  0xf0: "CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2",
  0xfa: "STATICCALL",
  0xfd: "REVERT INVALID SELFDESTRUCT",
};

const names = new Map<number, string>();
for (const [first, row] of Object.entries(ROWS))
  row.split(" ").forEach((name, index) => names.set(Number(first) + index, name));
for (let size = 1; size <= 32; size += 1) names.set(0x5f + size, `PUSH${size}`);
for (let depth = 1; depth <= 16; depth += 1) {
  names.set(0x7f + depth, `DUP${depth}`);
  names.set(0x8f + depth, `SWAP${depth}`);
}
for (let topics = 0; topics <= 4; topics += 1) names.set(0xa0 + topics, `LOG${topics}`);

export function opcodeName(op: number): string {
  return names.get(op) ?? `0x${op.toString(16).padStart(2, "0")}`;
}
