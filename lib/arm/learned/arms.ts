/**
 * The learned arms, made of a prompt's calibration.
 *
 * @module
 */
import { Corruption } from "../../dpc/mod.ts";
import { choose } from "../../learn/mod.ts";
import { type Calibration, type Learned, NO_PROMPT } from "../../prompt/mod.ts";
import type { Stage } from "../../stage/mod.ts";
import { answerFeatures, wordCounts } from "./features.ts";

/** What the learned arms take of a calibration. */
export interface LearnedOptions extends Pick<Calibration, "positions" | "gamma"> {
  /** The models. */
  readonly learned: Learned;
}

/** The corruption at the prompt's most frequent j*, which needs no answer; at the first position where that is not known. */
export const fixedCorruption = (
  { positions, gamma }: Pick<Calibration, "positions" | "gamma">,
): Corruption.Corruption =>
  Corruption.fixedPosition({ position: positions?.frequent ?? 0, gamma, name: "static" });

/** The router that reads a layer. */
export function stateRouter(options: LearnedOptions): Stage.Router {
  const { layer, models } = options.learned.route;
  return {
    options: routeOptions(options.learned.route.options, options),
    layer,
    choose: ({ state }) => choose(models, state!),
  };
}

/** Its control, which reads words. */
export function wordRouter(options: LearnedOptions): Stage.Router {
  const { vocabulary, models } = options.learned.words;
  return {
    options: routeOptions(options.learned.words.options, options),
    choose: ({ question }) => choose(models, wordCounts(vocabulary, question)),
  };
}

function routeOptions(
  names: readonly string[],
  options: LearnedOptions,
): readonly Stage.RouteOption[] {
  const fixed = fixedCorruption(options);
  const known: Readonly<Record<string, Stage.RouteOption["of"]>> = {
    base: () => NO_PROMPT,
    pt: (prompt) => prompt,
    static: (prompt) => fixed.corrupt(prompt, { id: "", accumulation: undefined }).prompt,
  };
  return names.map((name) => ({ name, of: known[name] ?? known["pt"]! }));
}

/** The selector; it has the third answer made only where it may choose it. */
export function selector(
  { options, models }: Learned["select"],
  corruption: Corruption.Corruption,
): Stage.Selector {
  const places = options.map((name) => ["base", "pt", "corrected"].indexOf(name));
  return {
    ...(options.includes("corrected") ? { corruption } : {}),
    choose: (answers) => places[choose(models, answerFeatures(answers))]!,
  };
}
