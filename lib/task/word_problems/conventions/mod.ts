/**
 * Word problems with conventions: last steps that people take for granted. A model is pre-trained on text that states them; a prompt
 * is tuned on problems that leave them unsaid; and problems that deny them are where such a prompt misleads.
 *
 * @module
 */
export {
  ASKED,
  type Benchmark,
  benchmark,
  BENCHMARK_SEED,
  partSets,
  questions,
  type SetName,
  SETS,
  type Shares,
  TUNING,
} from "./sets.ts";
export { type Convention, type Domain, type Phrases, type Weighted } from "./domain.ts";
export {
  CONVENTIONAL,
  type ConventionalName,
  type DomainName,
  DOMAINS,
  FILLERS,
} from "./domains.ts";
export { draw, type DrawOptions, LARGEST_COUNT, type Problem } from "./problem.ts";
export { MIXTURE, type Mixture, type PretrainingText, pretrainingTexts } from "./pretraining.ts";
export { LANGUAGE } from "./language.ts";
