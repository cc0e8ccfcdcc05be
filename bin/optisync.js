#!/usr/bin/env node
// Runs the TypeScript sources as they are; tsx compiles them on the way.
import { register } from "tsx/esm/api";

register();
await import("../cli.ts");
