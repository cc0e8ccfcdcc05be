import { GAS_PER_BLOB as BLOB_SIZE, isFrom, type BlobParameters, type ForkRules } from "./forks.js";
import type { HeaderFields } from "./rawBlock.js";

const GAS_PER_BLOB = BigInt(BLOB_SIZE);
const MIN_GAS_LIMIT = 5_000n;
const MAX_GAS_LIMIT = 2n ** 63n - 1n;
const GAS_LIMIT_BOUND_DIVISOR = 1_024n;
const ELASTICITY_MULTIPLIER = 2n;
const BASE_FEE_MAX_CHANGE_DENOMINATOR = 8n;
const INITIAL_BASE_FEE = 1_000_000_000n;
const MIN_BLOB_BASE_FEE = 1n;
/** EIP-7918: what execution costs at least, in gas per blob. */
const BLOB_BASE_COST = 8_192n;
const MAX_EXTRA_DATA_BYTES = 32;
/** keccak(rlp([])) */
const NO_OMMERS = "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

/**
 * The rule of consensus that a header breaks, as one sentence with both values; undefined if it breaks none.
 *
 * Sources: Yellow Paper 4.4.4 (number, time, gas limit, extra data), EIP-1559 (base fee), EIP-3675 (constants of
 * proof of stake), EIP-4844 and EIP-7918 (blob gas; limits by EIP-7840). Roots and gas used are execution's matter.
 */
export function brokenHeaderRule(
  header: HeaderFields,
  parent: HeaderFields,
  rules: ForkRules,
): string | undefined {
  for (const rule of [positionRule, constantsRule, gasRule, baseFeeRule, blobRule]) {
    const broken = rule(header, parent, rules);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

function positionRule(header: HeaderFields, parent: HeaderFields): string | undefined {
  if (header.parentHash !== parent.hash)
    return `parent hash ${header.parentHash}, but the parent is ${parent.hash}`;
  if (header.number !== parent.number + 1n)
    return `number ${header.number} does not follow ${parent.number} (EIP-3675)`;
  if (header.timestamp <= parent.timestamp)
    return `timestamp ${header.timestamp} is not after the parent's ${parent.timestamp}`;
  return undefined;
}

function constantsRule(header: HeaderFields): string | undefined {
  if (header.difficulty !== 0n) return `difficulty ${header.difficulty} is not zero (EIP-3675)`;
  if (/[^0]/.test(header.nonce)) return `nonce 0x${header.nonce} is not zero (EIP-3675)`;
  if (header.ommersHash !== NO_OMMERS) return "there are ommers (EIP-3675)";
  if (header.extraDataBytes > MAX_EXTRA_DATA_BYTES)
    return `extra data of ${header.extraDataBytes} bytes, at most ${MAX_EXTRA_DATA_BYTES} are allowed`;
  return undefined;
}

function gasRule(header: HeaderFields, parent: HeaderFields): string | undefined {
  const { gasLimit, gasUsed } = header;
  if (gasUsed > gasLimit) return `gas used ${gasUsed} exceeds the gas limit ${gasLimit}`;
  if (gasLimit < MIN_GAS_LIMIT || gasLimit > MAX_GAS_LIMIT)
    return `gas limit ${gasLimit} is not from ${MIN_GAS_LIMIT} to 2^63 - 1`;
  const bound = parent.gasLimit / GAS_LIMIT_BOUND_DIVISOR;
  const change = gasLimit > parent.gasLimit ? gasLimit - parent.gasLimit : parent.gasLimit - gasLimit;
  if (change >= bound)
    return `gas limit ${gasLimit} differs by ${bound} or more from the parent's ${parent.gasLimit}`;
  return undefined;
}

function baseFeeRule(header: HeaderFields, parent: HeaderFields): string | undefined {
  const wanted = nextBaseFee(parent);
  if (header.baseFeePerGas === wanted) return undefined;
  return `base fee ${header.baseFeePerGas}, but ${wanted} follows from the parent (EIP-1559)`;
}

/** Base fee (wei) of the block after `parent` (EIP-1559). */
export function nextBaseFee(parent: HeaderFields): bigint {
  if (parent.baseFeePerGas === undefined) return INITIAL_BASE_FEE;
  const target = parent.gasLimit / ELASTICITY_MULTIPLIER;
  if (parent.gasUsed === target || target === 0n) return parent.baseFeePerGas;
  const isAbove = parent.gasUsed > target;
  const distance = isAbove ? parent.gasUsed - target : target - parent.gasUsed;
  const change = (parent.baseFeePerGas * distance) / target / BASE_FEE_MAX_CHANGE_DENOMINATOR;
  if (!isAbove) return parent.baseFeePerGas - change;
  return parent.baseFeePerGas + (change > 1n ? change : 1n);
}

function blobRule(header: HeaderFields, parent: HeaderFields, rules: ForkRules): string | undefined {
  const { blobGasUsed, excessBlobGas } = header;
  if (rules.blobs === undefined) return undefined;
  if (blobGasUsed === undefined || excessBlobGas === undefined) return "blob gas is not in the header";
  if (blobGasUsed % GAS_PER_BLOB !== 0n)
    return `blob gas used ${blobGasUsed} is not that of whole blobs (EIP-4844)`;
  const max = BigInt(rules.blobs.max) * GAS_PER_BLOB;
  if (blobGasUsed > max) return `blob gas used ${blobGasUsed} exceeds ${max} (EIP-4844)`;
  const wanted = nextExcessBlobGas(parent, rules, rules.blobs);
  if (excessBlobGas === wanted) return undefined;
  return `excess blob gas ${excessBlobGas}, but ${wanted} follows from the parent (EIP-4844)`;
}

/** Excess blob gas of the block after `parent`, under the rules of that block (EIP-4844, EIP-7918 since Osaka). */
export function nextExcessBlobGas(parent: HeaderFields, rules: ForkRules, blobs: BlobParameters): bigint {
  const excess = parent.excessBlobGas ?? 0n;
  const used = parent.blobGasUsed ?? 0n;
  const [target, max] = [BigInt(blobs.target), BigInt(blobs.max)];
  if (excess + used < target * GAS_PER_BLOB) return 0n;
  if (isFrom("osaka", rules)) {
    const reserve = BLOB_BASE_COST * (parent.baseFeePerGas ?? 0n);
    if (reserve > GAS_PER_BLOB * blobBaseFee(excess, blobs)) return excess + (used * (max - target)) / max;
  }
  return excess + used - target * GAS_PER_BLOB;
}

/**
 * Fee (wei) per unit of blob gas: `fake_exponential` of EIP-4844. Takes as long as its result is wide, so callers
 * bound the excess first: see `isPayableExcess`.
 */
export function blobBaseFee(excessBlobGas: bigint, { updateFraction }: BlobParameters): bigint {
  const denominator = BigInt(updateFraction);
  let output = 0n;
  let accumulator = MIN_BLOB_BASE_FEE * denominator;
  for (let i = 1n; accumulator > 0n; i += 1n) {
    output += accumulator;
    accumulator = (accumulator * excessBlobGas) / (denominator * i);
  }
  return output / denominator;
}

/** Is the fee that follows from an excess at most about 2^256? e^177 is; no chain ever gets near. */
export function isPayableExcess(excessBlobGas: bigint, { updateFraction }: BlobParameters): boolean {
  return excessBlobGas <= 177n * BigInt(updateFraction);
}
