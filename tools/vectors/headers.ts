/**
 * Writes `test/vectors/headers.json` anew from the headers of real chains that it holds: what both decoders read from
 * them, variations that both accept, and damaged ones that both refuse. Deterministic; run with
 * `npx tsx tools/vectors/headers.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { concat, dataLength, decodeRlp, encodeRlp, Interface, toBeHex, ZeroHash } from "ethers";
import { createForkSchedule, packForkSchedule } from "../../shared/protocol/forkSchedule.js";
import { decodeHeader, HeaderError } from "../../shared/protocol/header.js";

const FILE = "test/vectors/headers.json";

/** A mainnet header, then blocks 0 to 3 of a development chain. */
const REAL_HEADERS = 5;

const schedule = createForkSchedule(
  [
    { fromTimestamp: 1_681_338_455n, fieldCount: 17 },
    { fromTimestamp: 1_710_338_135n, fieldCount: 20 },
    { fromTimestamp: 1_746_612_311n, fieldCount: 21 },
  ],
  1_900_000_000n,
);
const errors = new Interface([
  "error HeaderTooLarge(uint256,uint256)",
  "error HeaderNotList(uint256)",
  "error HeaderFieldMalformed(uint256)",
  "error HeaderFieldCount(uint256,uint256)",
  "error HeaderDifficultyNotZero()",
  "error HeaderRootZero(uint256)",
  "error BeyondSunset(uint64,uint64)",
  "error BeforeFirstFork(uint64,uint64)",
]);

const { accepted: before } = JSON.parse(readFileSync(FILE, "utf8")) as {
  accepted: { name: string; rlp: string }[];
};
const mainnet = before[0]?.rlp ?? "";
const fields = decodeRlp(mainnet) as string[];
const encoded = fields.map((field) => encodeRlp(field));
const real = fields as unknown as { [field in 8 | 9 | 10 | 11]: string };

/** A list of fields that are encoded already, however badly. */
function toHeader(items: readonly string[]): string {
  const payload = concat(items);
  return concat(["0xf9", toBeHex(dataLength(payload), 2), payload]);
}

function withEncoded(index: number, item: string): string {
  return toHeader(encoded.map((other, i) => (i === index ? item : other)));
}

function withField(index: number, value: string): string {
  return withEncoded(index, encodeRlp(value));
}

function repeat(byte: string, count: number): string {
  return `0x${byte.repeat(count)}`;
}

/** Extra data that makes the header exactly 2048 bytes long: two length bytes more than the field had. */
function atSizeLimit(): string {
  const rest = dataLength(withField(12, repeat("61", 1000))) - 1000;
  return withField(12, repeat("61", 2048 - rest));
}

const variations: [name: string, rlp: string][] = [
  [
    "last second before the sunset",
    toHeader([
      ...encoded.slice(0, 11),
      encodeRlp(toBeHex(1899999999n)),
      ...encoded.slice(12),
      encodeRlp(repeat("33", 32)),
    ]),
  ],
  ["first second of the second fork", withField(11, toBeHex(1710338135n))],
  ["largest number", withField(8, repeat("ff", 8))],
  ["number zero with a parent", withField(8, "0x")],
  ["number of one byte, 127", withField(8, "0x7f")],
  ["number of one byte, 128", withField(8, "0x80")],
  ["extra data of 56 bytes", withField(12, repeat("61", 56))],
  ["exactly 2048 bytes", atSizeLimit()],
];

const damages: [name: string, rlp: string][] = [
  ["larger than the limit", withField(12, repeat("61", 1500))],
  ["empty", "0x"],
  ["shorter than the fields of fixed width", mainnet.slice(0, 2 + 2 * 448)],
  ["a string instead of a list", "0xb9" + mainnet.slice(4)],
  ["list length one too small", "0xf90254" + mainnet.slice(8)],
  ["list length with a leading zero", "0xfa00" + mainnet.slice(4)],
  ["a byte after the list", mainnet + "00"],
  ["last byte missing", mainnet.slice(0, -2)],
  ["parent hash of 31 bytes", withField(0, repeat("11", 31))],
  ["ommers hash of 33 bytes", withField(1, repeat("11", 33))],
  ["beneficiary of 21 bytes", withField(2, repeat("11", 21))],
  ["state root with a leading zero cut off", withField(3, repeat("11", 31))],
  ["transactions root of 31 bytes", withField(4, repeat("11", 31))],
  ["receipts root of 31 bytes", withField(5, repeat("11", 31))],
  ["bloom of 257 bytes", withField(6, repeat("11", 257))],
  ["difficulty one", withField(7, "0x01")],
  ["difficulty as a zero byte", withEncoded(7, "0x00")],
  ["number with a leading zero", withEncoded(8, "0x85" + "00" + real[8].slice(2))],
  ["number of nine bytes", withField(8, "0x01" + "00".repeat(8))],
  ["number as a zero byte", withEncoded(8, "0x00")],
  ["number below 128 with a prefix", withEncoded(8, "0x8105")],
  ["gas limit with a leading zero", withEncoded(9, "0x85" + "00" + real[9].slice(2))],
  ["gas used with a leading zero", withEncoded(10, "0x84" + "00" + real[10].slice(2))],
  ["timestamp with a leading zero", withEncoded(11, "0x85" + "00" + real[11].slice(2))],
  ["extra data as a list", withEncoded(12, "0xc0")],
  ["extra data of one byte below 128 with a prefix", withEncoded(12, "0x8105")],
  ["extra data of 32 bytes with a long prefix", withEncoded(12, "0xb820" + "61".repeat(32))],
  ["extra data of 200 bytes with two length bytes", withEncoded(12, "0xb900c8" + "61".repeat(200))],
  ["extra data with three length bytes", withEncoded(12, "0xba000100" + "61".repeat(256))],
  ["prevRandao of 31 bytes", withField(13, repeat("11", 31))],
  ["nonce of 7 bytes", withField(14, repeat("11", 7))],
  ["one field fewer", toHeader(encoded.slice(0, -1))],
  ["one field more", toHeader([...encoded, encodeRlp(repeat("22", 32))])],
  ["a list as the last field", toHeader([...encoded.slice(0, -1), "0xc0"])],
  ["last field longer than the header", toHeader([...encoded.slice(0, -1), "0xa0" + "22".repeat(31)])],
  ["fields of the next fork's timestamp", withField(11, toBeHex(1746612311n))],
  ["fields of the fork before", withField(11, toBeHex(1710338134n))],
  ["timestamp at the sunset", withField(11, toBeHex(1900000000n))],
  ["timestamp before the first fork", withField(11, toBeHex(1681338454n))],
  ["parent hash zero", withField(0, ZeroHash)],
  ["state root zero", withField(3, ZeroHash)],
];

const accepted = [
  ...before.slice(0, REAL_HEADERS).map(({ name, rlp }) => [name, rlp] as const),
  ...variations,
].map(([name, rlp]) => {
  const header = decodeHeader(rlp, schedule);
  return {
    name,
    rlp,
    fields: decodeRlp(rlp).length,
    hash: header.hash,
    parentHash: header.parentHash,
    stateRoot: header.stateRoot,
    number: header.number.toString(),
    timestamp: header.timestamp.toString(),
  };
});

const rejected = damages.map(([name, rlp]) => {
  try {
    decodeHeader(rlp, schedule);
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error;
    const revertData = errors.encodeErrorResult(error.code, [...error.args]);
    return { name, rlp, error: error.code, args: error.args.map(String), revertData };
  }
  throw new Error(`accepted: ${name}`);
});

const vectors = {
  about:
    "Headers that both decoders accept, with what they read, and headers that both refuse, with the contract's revert data. Every refused one is mainnet block 19807080 with one thing changed.",
  schedule: {
    fromTimestamps: schedule.forks.map(({ fromTimestamp }) => fromTimestamp.toString()),
    fieldCounts: schedule.forks.map(({ fieldCount }) => fieldCount),
    sunset: schedule.sunset.toString(),
    packed: toBeHex(packForkSchedule(schedule), 32),
  },
  acceptedCount: accepted.length,
  rejectedCount: rejected.length,
  accepted,
  rejected,
};
writeFileSync(FILE, `${JSON.stringify(vectors, null, 2)}\n`);
