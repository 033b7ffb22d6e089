/**
 * The rows of the benchmark's table: each is this project's work beside the same work of the peer, or beside other work of its own.
 *
 * @module
 */
import * as Job from "./job_work.ts";
import * as Work from "./model_work.ts";
import type { Prepare } from "./row.ts";

/** A row's work and what its ratio should be. */
export interface Row {
  readonly title: string;
  /** Milliseconds by default. */
  readonly unit?: "MiB";
  /** Seconds of the other divided by seconds of this, for one token or text; at least this. */
  readonly target: number;
  readonly prepare: Prepare;
}

/** Rows of the embedded model, by name. */
export const EMBEDDED_ROWS: Readonly<Record<string, Row>> = {
  job: { title: "whole job, arms base, pt and dpc", target: 5, prepare: Job.wholeJob },
  dpc: { title: "dpc with pt, against pt alone", target: 1 / 1.5, prepare: Job.dpcAgainstPt },
  workers: {
    title: "two workers, against one with two threads",
    target: 1.3,
    prepare: Job.twoWorkers,
  },
  linear: { title: "ten times the problems, for each", target: 0.9, prepare: Job.linear },
  train: { title: "training step of all weights, 32 x 160", target: 1, prepare: Work.train },
};

/** Rows of the model that is given, by name. */
export const MODEL_ROWS: Readonly<Record<string, Row>> = {
  decode1: { title: "decode, batch 1", target: 1.4, prepare: Work.decode(1) },
  decode8: { title: "decode, batch 8", target: 2, prepare: Work.decode(8) },
  q8: { title: "decode, batch 1, 8 bits", target: 2.5, prepare: Work.decode(1, "q8") },
  q4: { title: "decode, batch 1, 4 bits", target: 3.5, prepare: Work.decode(1, "q4") },
  saliency: {
    title: "saliency, 200 + 150 tokens, 16 vectors",
    target: 1.5,
    prepare: Work.saliency,
  },
  tune: { title: "tuning step, 4 x 256 tokens", target: 1.1, prepare: Work.tune },
  prefix: {
    title: "1000 shared tokens: cached, against not",
    target: 4,
    prepare: Work.prefixCache,
  },
  roofline: {
    title: "decode, batch 1: bytes of weights in a second",
    target: 0.75,
    prepare: Work.roofline,
  },
  length: {
    title: "saliency, twice the length: against four times",
    target: 1,
    prepare: Work.length,
  },
  memory: {
    title: "memory of two workers",
    unit: "MiB",
    target: 1 / 1.3,
    prepare: Work.memory,
  },
};

/** All rows by name. */
export const ROWS: Readonly<Record<string, Row>> = { ...EMBEDDED_ROWS, ...MODEL_ROWS };
