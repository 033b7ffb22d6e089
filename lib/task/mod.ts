/**
 * Tasks: datasets as streams of examples, prompt templates, answer extraction and graders.
 *
 * @module
 */
export { DatasetError, type Example } from "./example.ts";
export { examples, type ExamplesOptions } from "./dataset.ts";
export type { Extraction, ExtractOptions, Finish, Task, Verdict, VerdictKind } from "./task.ts";
export * as Template from "./template.ts";
export { gsm8k } from "./gsm8k.ts";
export { aqua } from "./aqua.ts";
export { makeMath } from "./math/math.ts";
