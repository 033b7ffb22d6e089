/**
 * Stage 2, Dynamic Corruption: the soft prompt P becomes P_c, under which the answer is generated again.
 *
 * @module
 */
import { Either } from "effect";
import { oneOf, Registry, type UnknownName } from "../../registry/mod.ts";
import { type ProbeName, probes, SALIENCY, splitProbe } from "../probe.ts";
import type { LayerRange } from "../saliency.ts";
import { accumulated, attentionMask, gammaOnly, mean, topK } from "./accumulated.ts";
import { type AccumulationOptions, type Corruption, DEFAULTS } from "./make_corruption.ts";
import {
  accumulatedAll,
  accumulatedLate,
  fixedPosition,
  otherPosition,
  randomPosition,
} from "./position.ts";

export * from "./accumulated.ts";
export * from "./position.ts";
export {
  type AccumulationOptions,
  type Corrupted,
  type Corruption,
  type CorruptionContext,
  DEFAULTS,
  type GammaOptions,
} from "./make_corruption.ts";

/** One position for all instances of a prompt, from 0, found on a development split. */
export interface StaticPositions {
  /** Where information accumulates most often: the most frequent j*. */
  readonly frequent: number;
  /** Whose corruption gives the most right answers; absent where not every position was tried. */
  readonly best?: number;
}

/** What a corruption is made with when it is chosen by name; each takes of it what it has. */
export interface CorruptionSettings extends AccumulationOptions {
  /** Positions that topK masks. */
  readonly k?: number;
  /** Which layers count as deep; all by default. */
  readonly deep?: LayerRange;
  /** Positions that a calibration found for the prompt; the static corruptions need them. */
  readonly positions?: StaticPositions;
  /** Seed of random positions. */
  readonly seed: number;
}

const { k, gamma } = DEFAULTS;

/** All corruptions by name; a grid has a point for each value of the options in their `defaults`. */
export const registry: Registry.Registry<Registry.Entry<CorruptionSettings, Corruption>> = {
  kind: "corruption",
  entries: {
    accumulated: {
      description: "the paper's: the position where information accumulates, set to 0",
      defaults: { gamma },
      make: accumulated,
    },
    randomPosition: {
      description: "a position drawn by seed and id, set to 0",
      defaults: { gamma },
      make: randomPosition,
    },
    topK: {
      description: "the k positions with the most flow, set to 0",
      defaults: { k, gamma },
      make: topK,
    },
    mean: {
      description: "the position where information accumulates, set to the mean of the others",
      defaults: { gamma },
      make: mean,
    },
    attentionMask: {
      description: "the position where information accumulates, hidden from attention",
      make: attentionMask,
    },
    accumulatedAll: {
      description: "the position where information accumulates over all layers, set to 0",
      defaults: { gamma },
      make: accumulatedAll,
    },
    accumulatedLate: {
      description: "the position that the deep layers of the latter half read most, set to 0",
      defaults: { gamma },
      make: ({ deep, ...settings }) => accumulatedLate({ ...settings, layers: deep ?? "all" }),
    },
    static: {
      description: "the prompt's most frequent position of accumulation, the same for all",
      defaults: { gamma },
      make: ({ positions, ...settings }) => fixed("static", positions?.frequent, settings),
    },
    staticBest: {
      description: "the position whose corruption was best on dev, the same for all",
      defaults: { gamma },
      make: ({ positions, ...settings }) => fixed("staticBest", positions?.best, settings),
    },
    position: {
      description: "the position in brackets, the same for all: position(3); the first without",
      defaults: { gamma },
      make: (settings) => fixed("position", 0, settings),
    },
    first: {
      description: "position 0",
      defaults: { gamma },
      make: (settings) => fixed("first", 0, settings),
    },
    sink: {
      description: "the position that attention goes to most, over all layers; no gradient",
      defaults: { gamma },
      make: ({ probe = SALIENCY, ...settings }) => ({
        ...accumulatedAll({ ...settings, probe: { ...probe, name: "attention" } }),
        name: "sink",
      }),
    },
    otherPosition: {
      description: "a position drawn by seed and id of those but where information accumulates",
      defaults: { gamma },
      make: otherPosition,
    },
    gammaOnly: {
      description: "no position, only the smallest entries",
      defaults: { gamma },
      make: gammaOnly,
    },
  },
};

/**
 * The entry of a name: of the table, "accumulated@attention" for one that reads the flow of another probe than saliency, or
 * "position(3)" for a position.
 */
export function find(
  name: string,
): Either.Either<Registry.Entry<CorruptionSettings, Corruption>, UnknownName> {
  const [, known = name, argument] = /^(position)\((\d+)\)$/.exec(name) ?? [];
  const { reader, probe } = splitProbe(known);
  return Either.gen(function* () {
    const entry = yield* Registry.find(registry, reader);
    if (argument !== undefined) {
      return { ...entry, make: (settings) => fixed(name, Number(argument), settings) };
    }
    if (probe === undefined) return entry;
    yield* Registry.find(probes, probe);
    // named whole where it reads no flow, as no such corruption is there
    if (!entry.make({ seed: 0, positions: { frequent: 0, best: 0 } }).needsSaliency) {
      yield* oneOf("corruption", name, Registry.names(registry));
    }
    const make = (settings: CorruptionSettings) => ({
      ...entry.make({
        ...settings,
        probe: { ...SALIENCY, ...settings.probe, name: probe as ProbeName },
      }),
      name,
    });
    return { ...entry, make };
  });
}

function fixed(name: string, position: number | undefined, { gamma }: CorruptionSettings) {
  if (position === undefined) {
    throw new RangeError(
      `Cannot use the corruption '${name}' as the prompt's calibration has no such position`,
    );
  }
  return fixedPosition({ name, position, ...(gamma === undefined ? {} : { gamma }) });
}
