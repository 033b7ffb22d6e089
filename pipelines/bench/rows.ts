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

const row = (title: string, target: number, prepare: Prepare): Row => ({ title, target, prepare });

/** Rows of the embedded model, by name. */
export const EMBEDDED_ROWS: Readonly<Record<string, Row>> = {
  job: row("whole job, arms base, pt and dpc", 5, Job.wholeJob),
  dpc: row("dpc with pt, against pt alone", 1 / 1.5, Job.dpcAgainstPt),
  workers: row("two workers, against one with two threads", 1.3, Job.twoWorkers),
  linear: row("ten times the problems, for each", 0.9, Job.linear),
  train: row("training step of all weights, 32 x 160", 1, Work.train),
};

/** Rows of the model that is given, by name. */
export const MODEL_ROWS: Readonly<Record<string, Row>> = {
  decode1: row("decode, batch 1", 1.4, Work.decode(1)),
  decode8: row("decode, batch 8", 2, Work.decode(8)),
  q8: row("decode, batch 1, 8 bits", 2.5, Work.decode(1, "q8")),
  q4: row("decode, batch 1, 4 bits", 3.5, Work.decode(1, "q4")),
  int8: row("decode, batch 32, int8: against float32", 2, Work.decodeInt8(32)),
  tuneInt8: row("tuning step, 4 x 256 tokens, int8: against float32", 2, Work.tuneInt8),
  saliency: row("saliency, 200 + 150 tokens, 16 vectors", 1.5, Work.saliency),
  tune: row("tuning step, 4 x 256 tokens", 1.1, Work.tune),
  prefix: row("1000 shared tokens: cached, against not", 4, Work.prefixCache),
  roofline: row("decode, batch 1: bytes of weights in a second", 0.75, Work.roofline),
  length: row("saliency, twice the length: against four times", 1, Work.length),
  memory: { ...row("memory of two workers", 1 / 1.3, Work.memory), unit: "MiB" },
};

/** All rows by name. */
export const ROWS: Readonly<Record<string, Row>> = { ...EMBEDDED_ROWS, ...MODEL_ROWS };
