/**
 * How an engine is set up.
 *
 * @module
 */
import { CPU, type Device } from "../../runtime/mod.ts";
import { Memory, type Quantization } from "../weights/mod.ts";

/** A model and how it runs here. */
export interface EngineOptions {
  /** Directory of a Hugging Face checkpoint. */
  readonly directory: string;
  /** Intra-op threads of each worker. */
  readonly threads: number;
  /** Generations in flight at a time in each worker; more than 64 count as 64, beyond which a batch gains nothing. */
  readonly slots: number;
  /** Bits a number that decoding reads matrices in; as they are by default. */
  readonly quantization?: Quantization | undefined;
  /** Where it is computed; the CPU by default. */
  readonly device?: Device | undefined;
  /** What its files must be when a worker is started again in a run; anything by default. */
  readonly expected?: ModelIdentity | undefined;
}

/** Tells checkpoints apart. */
export interface ModelIdentity {
  /** By their config and all of their weights. */
  readonly fingerprint: string;
  /** By all files of their tokenizer. */
  readonly tokenizerHash: string;
}

/** How the cores are used. */
export interface Placement {
  /** Workers: processes under Node, threads under Deno. */
  readonly workers: number;
  /** Threads of each worker. */
  readonly threads: number;
  /** Examples generated at a time in each worker. */
  readonly slots: number;
}

/** What serves a model of this size best on this many cores, or on a device, which one worker keeps busy. */
export function placement(
  weightBytes: number,
  cores: number,
  { provider }: Pick<Device, "provider"> = CPU,
): Placement {
  if (provider !== "cpu") return { workers: 1, threads: 1, slots: 64 };
  // each core of a small model gets a worker of its own
  return Memory.isSmall(weightBytes)
    ? { workers: cores, threads: 1, slots: 64 }
    : { workers: 1, threads: cores, slots: 16 };
}

/** Bytes of keys and values of prefixes that an engine keeps. */
export const PREFIX_BYTES = 512 * 2 ** 20;

/** Compiled graphs that an engine keeps. */
export const COMPILED_GRAPHS = 48;

/** Compiled graphs with a gradient that an engine keeps: that of a large model holds gigabytes. */
export function compiledGradients(weightBytes: number): number {
  return Memory.isSmall(weightBytes) ? 6 : 3;
}
