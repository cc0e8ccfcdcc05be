import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import js from "@eslint/js";
import tseslint from "typescript-eslint";

const ROOT = dirname(fileURLToPath(import.meta.url));

/** What each folder may import besides itself. Dependencies point one way; what is not listed is not allowed. */
const MAY_IMPORT = {
  "shared/protocol": [],
  "shared/runtime": [],
  "shared/proofs": ["shared/protocol", "shared/runtime"],
  "shared/execution": ["shared/protocol", "shared/runtime", "shared/proofs"],
  "shared/machine": ["shared/protocol", "shared/runtime", "shared/proofs", "shared/execution"],
  "shared/chain": ["shared/protocol", "shared/runtime", "shared/proofs", "shared/execution"],
  "shared/game": [
    "shared/protocol",
    "shared/runtime",
    "shared/proofs",
    "shared/execution",
    "shared/machine",
    "shared/chain",
  ],
  "shared/reader": ["shared/protocol", "shared/runtime", "shared/proofs", "shared/execution", "shared/chain"],
  "shared/messages": [
    "shared/protocol",
    "shared/runtime",
    "shared/proofs",
    "shared/execution",
    "shared/chain",
  ],
  "shared/mirror": [
    "shared/protocol",
    "shared/runtime",
    "shared/proofs",
    "shared/execution",
    "shared/chain",
    "shared/reader",
  ],
  committee: ["shared"],
  proposer: ["shared", "committee"],
  challenger: ["shared"],
  relayer: ["shared"],
  devnet: ["shared", "committee"],
  examples: ["shared", "devnet", "proposer"],
};

const isIn = (path, folder) => path.startsWith(`${folder}/`);

const layers = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const file = relative(ROOT, context.filename).replaceAll("\\", "/");
    const own = Object.keys(MAY_IMPORT).find((folder) => isIn(file, folder));
    // A command line brings the parts together, so it may reach anything.
    if (own === undefined || file.endsWith("/cli.ts")) return {};
    const check = (node) => {
      const target = node.source?.value;
      if (typeof target !== "string" || !target.startsWith(".")) return;
      const path = relative(ROOT, resolve(dirname(context.filename), target)).replaceAll("\\", "/");
      if ([own, ...MAY_IMPORT[own]].some((folder) => isIn(path, folder))) return;
      context.report({ node, message: `${own} must not import ${path}: dependencies point one way` });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

const edgeOnly = ["argv", "env"].map((property) => ({
  object: "process",
  property,
  message: "Only cli files read the command line and the environment; take what you need as a parameter.",
}));

export default tseslint.config(
  { ignores: ["node_modules/", "out/", "cache/", "dist/", "coverage/", "shared/protocol/abi/", "**/*.d.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{js,cjs}"],
    languageOptions: {
      sourceType: "module",
      globals: {
        process: "readonly",
        console: "readonly",
        require: "readonly",
        module: "writable",
        Buffer: "readonly",
        __dirname: "readonly",
        URL: "readonly",
      },
    },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: ROOT } },
    plugins: { optisync: { rules: { layers } } },
    rules: {
      "optisync/layers": "error",
      "no-undef": "off",
      "no-restricted-properties": ["error", ...edgeOnly],
      eqeqeq: "error",
      "no-console": "error",
      "max-lines": ["warn", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["warn", { max: 60, skipBlankLines: true, skipComments: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { arguments: false } }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/prefer-promise-reject-errors": "off",
      "@typescript-eslint/require-await": "off",
      // Factories answer closures, which need no binding.
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    files: ["cli.ts", "**/cli.ts", "devnet/**/*.ts", "tools/**/*.{ts,cjs}", "bench/**/*.ts", "test/**/*.ts"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["test/**/*.ts", "tools/**/*.ts", "bench/**/*.ts"],
    rules: {
      "no-console": "off",
      "max-lines": "off",
      "max-lines-per-function": "off",
      // node:test collects the promises of its own functions.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["describe", "it", "test", "suite"] },
          ],
        },
      ],
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
    },
  },
);
