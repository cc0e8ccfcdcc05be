// Writes test/vectors/trie.json, which the tests of both languages read. The same bytes at every run:
//   npx tsx tools/vectors/trie.ts
import { writeFileSync } from "node:fs";
import { REASONS } from "../../shared/proofs/errors.js";
import { damagedCases } from "./trieDamaged.js";
import { malformedCases } from "./trieMalformed.js";
import { realCases } from "./trieReal.js";
import { accountCases, slotCases } from "./trieValues.js";

const real = await realCases();
// Solidity reads reasons as numbers.
const proofs = [...real, ...damagedCases(real), ...malformedCases()].map((each) => ({
  ...each,
  reason: REASONS.indexOf(each.reason),
}));
const vectors = { proofs, accounts: accountCases(), slots: slotCases() };
writeFileSync(
  new URL("../../test/vectors/trie.json", import.meta.url),
  `${JSON.stringify(vectors, null, 1)}\n`,
);
