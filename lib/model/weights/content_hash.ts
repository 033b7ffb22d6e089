/**
 * What only reading all of a checkpoint tells, read once and remembered in the user's cache until its files change.
 *
 * @module
 */
import { Effect } from "effect";
import { createHash } from "node:crypto";
import type { FileError, Files } from "../../schema/files.ts";
import { remembered, stampOf } from "../cache/mod.ts";
import { type Checkpoint, type DecoderConfig, PLAIN } from "../checkpoint/mod.ts";
import { isSmall } from "./memory.ts";
import { weightBytes } from "./memory.ts";
import type { SafetensorsError } from "../safetensors/mod.ts";
import { checkFinite, type NonFiniteError } from "../safetensors/mod.ts";

/**
 * Checks that all weights are finite and gives the SHA-256 of all of them: copies of weights bear it as their name, so that no other
 * checkpoint's can be taken for them. A large checkpoint whose files are the same ones, of the same size and times, is not read again.
 *
 * @returns 64 hexadecimal digits; fails with {@linkcode NonFiniteError} at the first NaN or infinite element
 */
export function contentHash(
  checkpoint: Checkpoint.Checkpoint,
): Effect.Effect<
  string,
  SafetensorsError | NonFiniteError | FileError,
  Files
> {
  // reading a small one takes no longer than one would notice, and leaves nothing in the cache
  return isSmall(weightBytes(checkpoint.config))
    ? readWhole(checkpoint)
    : rememberedHash(checkpoint);
}

/** The same, remembered whatever the size. */
export function rememberedHash(
  checkpoint: Checkpoint.Checkpoint,
): ReturnType<typeof contentHash> {
  return Effect.flatMap(
    checkpointStamp(checkpoint),
    (stamp) => remembered(`${stamp}.checked`, readWhole(checkpoint)),
  );
}

/** Reads all weights. */
function readWhole({ config, tensors }: Checkpoint.Checkpoint) {
  return Effect.gen(function* () {
    const hash = createHash("sha256").update(hashedConfig(config));
    for (const tensor of tensors.values()) {
      hash.update(`${tensor.name} ${tensor.dtype} ${tensor.shape}\n`);
      yield* checkFinite(tensor, (bytes) => hash.update(bytes));
    }
    return hash.digest("hex");
  });
}

/**
 * The config as it is hashed: in the form of the first release, with what sets a decoder apart from a plain Llama's only where
 * something does, so that models keep their hashes when the library learns of others.
 */
function hashedConfig({ ropes, ropeOfLayer, qkNorm, ...c }: DecoderConfig): string {
  const [rope] = ropes;
  const isPlain = (key: string) =>
    JSON.stringify(c[key as keyof typeof c]) === JSON.stringify(PLAIN[key as keyof typeof PLAIN]);
  const isOneRope = ropes.length === 1 && rope!.dimensions === c.headDim &&
    ropeOfLayer.every((index) => index === 0);
  const known: Readonly<Record<string, unknown>> = {
    family: c.family,
    vocabSize: c.vocabSize,
    hiddenSize: c.hiddenSize,
    layers: c.layers,
    heads: c.heads,
    kvHeads: c.kvHeads,
    headDim: c.headDim,
    intermediateSize: c.intermediateSize,
    rmsNormEps: c.rmsNormEps,
    rope: isOneRope ? { theta: rope!.theta, scaling: rope!.scaling } : { ropes, ropeOfLayer },
    tiedEmbeddings: c.tiedEmbeddings,
    attentionBias: c.attentionBias,
    outputBias: c.outputBias,
    mlpBias: c.mlpBias,
    qkNorm: qkNorm === "all" ? qkNorm : qkNorm === "head",
    slidingWindows: c.slidingWindows,
    maxPositions: c.maxPositions,
    bosId: c.bosId,
    eosIds: c.eosIds,
  };
  const others = Object.keys(PLAIN).filter((key) =>
    key !== "qkNorm" && !Object.hasOwn(known, key) && !isPlain(key)
  );
  return JSON.stringify({
    ...known,
    ...Object.fromEntries(others.map((key) => [key, c[key as keyof typeof c]])),
  });
}

/** Tells a checkpoint of which a file may have been changed. */
function checkpointStamp(
  { config, tensors }: Checkpoint.Checkpoint,
): Effect.Effect<string, FileError> {
  const files = [...new Set([...tensors.values()].map(({ file }) => file))];
  return Effect.map(
    Effect.forEach(files, stampOf),
    (stamps) =>
      createHash("sha256").update(JSON.stringify([config, ...tensors.values(), stamps]))
        .digest("hex"),
  );
}
