/** docs/security.md says of each known attack which test shows the answer to it: are those tests there? */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Where names are looked for that come without a path. */
const DEFAULT_FOLDER = "test/contracts/executionCourt";

interface Attack {
  readonly attack: string;
  readonly shownBy: string;
}

/** The rows of the table of attacks. */
function readAttacks(): Attack[] {
  const text = readFileSync(join(ROOT, "docs/security.md"), "utf8");
  const [, section = ""] = text.split("\n## Attacks\n");
  const rows = (section.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((line) => {
    const [, attack = "", , shownBy = ""] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return { attack, shownBy };
  });
}

/** All test files at a path, or in the folder at it. */
function filesAt(path: string): string[] {
  const full = join(ROOT, path);
  assert.ok(existsSync(full), `${path} does not exist`);
  if (!statSync(full).isDirectory()) return [full];
  return readdirSync(full, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".t.sol") || name.endsWith(".test.ts"))
    .map((name) => join(full, name));
}

/** Whether a file has a test that is called so; a name that ends in … is the beginning of a longer one. */
function hasTest(file: string, name: string): boolean {
  const text = readFileSync(file, "utf8");
  if (file.endsWith(".sol")) return new RegExp(`function ${name}\\(`).test(text);
  const start = name.replace(/ ?…$/, "");
  const isWhole = start === name;
  return ["it", "describe"].some((word) =>
    ['"', "`"].some((quote) => text.includes(`${word}(${quote}${start}${isWhole ? quote : ""}`)),
  );
}

/** What a part of the last column points to: a file, or names of tests and where they are. */
function findMissing(part: string): string[] {
  const names = [...part.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
  const path = /(?:test\/[\w./]+|\b\w+\.t\.sol)/.exec(part)?.[0];
  const place =
    path === undefined ? DEFAULT_FOLDER : path.startsWith("test/") ? path : join(DEFAULT_FOLDER, path);
  const files = filesAt(place);
  if (names.length === 0) return path === undefined ? [part] : [];
  return names.filter((name) => !files.some((file) => hasTest(file, name)));
}

describe("docs/security.md", () => {
  const attacks = readAttacks();

  it("has a table of attacks", () => assert.ok(attacks.length > 20));

  for (const { attack, shownBy } of attacks) {
    it(`names tests that are there for: ${attack}`, () => {
      assert.notEqual(shownBy, "");
      for (const part of shownBy.split("; ")) assert.deepEqual(findMissing(part), [], part);
    });
  }
});
