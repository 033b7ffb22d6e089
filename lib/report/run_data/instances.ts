/**
 * The instances that a report holds, packed: as many as its size allows, taken evenly from the run.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import type { ArmSample, Sample } from "../../results/mod.ts";

/** One line of samples.jsonl as the browser script sees it. */
export interface Instance extends Omit<Sample, "flow"> {
  /** Its line in samples.jsonl, from 1. */
  readonly line: number;
  /** The answer of each arm. */
  readonly arms: Readonly<Record<string, ArmSample>>;
  /** Its information flow; null where it was not measured. */
  readonly flow: InstanceFlow | null;
}

/** The flow of the first answer. */
export interface InstanceFlow {
  /** a(j) for each virtual token. */
  readonly accumulation: readonly number[];
  /** s_t for each token of the first answer. */
  readonly tokens: readonly number[];
  /** Where each token begins in the text, if the run says so. */
  readonly starts?: readonly number[];
}

/** How much a report may hold. */
export interface InstanceLimits {
  /** Instances (10,000 by default). */
  readonly instances?: number;
  /** Characters of the packed instances (26 million by default), which leaves room for the rest in 30 MB. */
  readonly characters?: number;
}

/** What was packed. */
export interface PackedInstances {
  /** gzip in base64, each of JSON lines. */
  readonly blocks: readonly string[];
  /** Instances in them. */
  readonly held: number;
  /** Instances of the run. */
  readonly total: number;
}

/** Instances in a block: enough to compress well, few enough to hold while one fills. */
const BLOCK = 64;

/** Interleaved parts; what is too much is left out a part at a time, so that the rest stays even. */
const PARTS = 16;

/** Packs the samples of a run as they stream by. */
export class InstancePacker {
  readonly #limits: Required<InstanceLimits>;
  readonly #expected: number;
  readonly #pending: string[][] = Array.from({ length: PARTS }, () => []);
  readonly #blocks: { readonly text: string; readonly held: number }[][] = Array.from(
    { length: PARTS },
    () => [],
  );
  #seen = 0;
  #kept = 0;

  /** @param expected how many samples will come */
  constructor(
    expected: number,
    { instances = 10_000, characters = 26_000_000 }: InstanceLimits = {},
  ) {
    this.#limits = { instances, characters };
    this.#expected = expected;
  }

  /** Takes one more sample in, or passes it over. */
  add(sample: Sample): void {
    const { instances } = this.#limits;
    const share = Math.min(1, instances / this.#expected);
    const line = ++this.#seen;
    if (Math.floor(line * share) === Math.floor((line - 1) * share)) return;
    const part = this.#kept++ % PARTS;
    const pending = this.#pending[part]!;
    pending.push(JSON.stringify(instanceOf(sample, line)));
    if (pending.length === BLOCK) this.#pack(part);
  }

  /** The blocks, as many as fit. */
  finish(): PackedInstances {
    this.#pending.forEach((pending, part) => pending.length > 0 && this.#pack(part));
    let characters = 0;
    const kept = this.#blocks.filter((blocks, part) => {
      characters += blocks.reduce((sum, { text }) => sum + text.length, 0);
      return part === 0 || characters <= this.#limits.characters;
    }).flat();
    return {
      blocks: kept.map(({ text }) => text),
      held: kept.reduce((sum, { held }) => sum + held, 0),
      total: this.#seen,
    };
  }

  #pack(part: number): void {
    const lines = this.#pending[part]!;
    const text = gzipSync(Buffer.from(lines.join("\n"))).toString("base64");
    this.#blocks[part]!.push({ text, held: lines.length });
    this.#pending[part] = [];
  }
}

function instanceOf({ flow, ...sample }: Sample, line: number): Instance {
  return { line, ...sample, flow: flow === null ? null : instanceFlow(flow) };
}

function instanceFlow(flow: InstanceFlow): InstanceFlow {
  return {
    accumulation: flow.accumulation.map(brief),
    tokens: flow.tokens.map(brief),
    ...(flow.starts ? { starts: flow.starts } : {}),
  };
}

/** Three digits: more than a shade of colour can show. */
const brief = (value: number): number => Number(value.toPrecision(3));
