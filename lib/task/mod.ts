/**
 * Tasks: datasets as streams of examples, prompt templates, answer extraction and graders.
 *
 * @module
 */
export { DatasetError, type Example } from "./example.ts";
export { examples, type ExamplesOptions } from "./dataset.ts";
export { type FileChoice, hashDataset } from "./dataset_file.ts";
export type { Task } from "./task.ts";
export type { Extraction, ExtractOptions, Finish, Verdict, VerdictKind } from "./verdict.ts";
export { drawShots } from "./draw_shots.ts";
export * as Template from "./template.ts";
export type { Prompt } from "./template.ts";
export { ChatError, type ChatTemplate, inChat } from "./chat.ts";
export { byName, NAMES, UnknownTask } from "./registry.ts";
export { type Extractor, EXTRACTORS, graderOf, type JsonlOptions } from "./jsonl.ts";
export { gsm8k, wordProblems } from "./gsm8k.ts";
export { multiarith, svamp } from "./arithmetic.ts";
export { aqua } from "./aqua.ts";
export { makeMath } from "./math/math.ts";
export * as LmEval from "./lm_eval.ts";
export { download, type Downloaded, DownloadError } from "./download.ts";
export { type Source, SOURCES } from "./sources.ts";
