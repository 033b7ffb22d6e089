/**
 * Tasks: how a dataset's rows are read, its questions are put, and its answers are found and graded.
 *
 * Stability: stable.
 *
 * @module
 */
export {
  AnswersError,
  type ExternalAnswer,
  externalAnswers,
  type FindExample,
  gradeAnswers,
  type GradedAnswer,
} from "./answers.ts";
export { aqua } from "./aqua.ts";
export { multiarith, svamp } from "./arithmetic.ts";
export {
  DATA_FILE,
  datasetCommit,
  DatasetError,
  type DatasetFormat,
  download,
  type Downloaded,
  DownloadError,
  drawShots,
  type Example,
  examples,
  type ExamplesOptions,
  type FileChoice,
  hashDataset,
  permutation,
  type RemoteFile,
  type Source,
  SOURCES,
} from "./dataset/mod.ts";
export {
  type Checked,
  type Checker,
  type Extraction,
  type ExtractOptions,
  type Finish,
  gradeChoice,
  gradeNumber,
  makeChecker,
  type Outcome,
  type Verdict,
  type VerdictKind,
} from "./grade/mod.ts";
export { gsm8k, wordProblems } from "./gsm8k.ts";
export {
  type Extractor,
  extractors,
  type Grader,
  graderOf,
  JSONL_DEFAULTS,
  type JsonlOptions,
} from "./jsonl.ts";
export { makeMath } from "./math.ts";
export { byName, type TaskEntry, tasks } from "./registry.ts";
export type { Task } from "./task.ts";
export {
  ChatError,
  type ChatOptions,
  type ChatTemplate,
  fromJinja,
  inChat,
  type Prompt,
  Template,
  TemplateError,
} from "./template/mod.ts";
