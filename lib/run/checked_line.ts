/**
 * A line of samples.jsonl as it is stored: the record, its format number and a checksum over both, so that a byte that has changed is
 * seen.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { FORMAT } from "../schema/files.ts";

/** Hexadecimal digits of the checksum. */
const DIGITS = 16;

/** A line in two: what the checksum is of, and the checksum. */
const LINE = new RegExp(`^(.*),"checksum":"([0-9a-f]{${DIGITS}})"\\}$`, "s");

/** Times, which the checksum is not of: equal results are to have equal lines but for them. */
const TIMES = /"milliseconds":[\d.e+-]+/g;

const checksum = (content: string): string =>
  createHash("sha256").update(content.replace(TIMES, "")).digest("hex").slice(0, DIGITS);

/** The line of a record, line feed included. */
export function toCheckedLine(record: object): Uint8Array {
  const content = JSON.stringify({ ...record, format: FORMAT }).slice(0, -1);
  return Buffer.from(`${content},"checksum":"${checksum(content)}"}\n`);
}

/** Whether a line without its line feed is as it was written. */
export function isIntact(line: Uint8Array): boolean {
  const [, content, found] = LINE.exec(new TextDecoder().decode(line)) ?? [];
  return content !== undefined && found === checksum(content);
}
