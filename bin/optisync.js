#!/usr/bin/env node
// A checkout runs the TypeScript sources as they are, tsx compiles them on the way; the package ships them compiled.
import { existsSync } from "node:fs";

if (existsSync(new URL("../cli.ts", import.meta.url))) {
  const { register } = await import("tsx/esm/api");
  register();
  await import("../cli.ts");
} else {
  await import("../dist/cli.js");
}
