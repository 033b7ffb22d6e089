/**
 * What the header of a GGUF file says; the only import of @huggingface/gguf, which is loaded when a file is read.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Data, Effect } from "effect";
import { platformReason } from "../../schema/files.ts";
import { oneLine } from "../../schema/mod.ts";
import { type BlockFormat, FORMATS } from "./blocks.ts";

/** A GGUF file that cannot be used; `reason` completes "Cannot use 'file' as ...". */
export class GgufError extends Data.TaggedError("GgufError")<{
  readonly file: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot use '${this.file}' as ${oneLine(this.reason)}`;
  }
}

/** Where a tensor lies and how its numbers are stored. */
export interface GgufTensor {
  readonly name: string;
  /** Sizes of the axes, the one along which numbers lie side by side last. */
  readonly shape: readonly number[];
  readonly format: BlockFormat;
  /** Byte of the file at which it starts. */
  readonly offset: number;
  readonly length: number;
}

/** What a file says by its keys: numbers, texts, truth values and lists of them. */
export type Metadata = Readonly<Record<string, unknown>>;

/** The header of a file. */
export interface GgufHeader {
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** Reads the header of a file and checks that all tensors lie in it; fails with {@linkcode GgufError}. */
export function readHeader(
  file: string,
): Effect.Effect<GgufHeader, GgufError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const refuse = (reason: string) => new GgufError({ file, reason });
    const fs = yield* FileSystem.FileSystem;
    const info = yield* Effect.mapError(fs.stat(file), (error) => refuse(platformReason(error)));
    if (info.type !== "File") return yield* refuse("it is not a regular file");
    const size = Number(info.size);
    const { metadata: values, tensorInfos, tensorDataOffset, littleEndian } = yield* Effect
      .tryPromise({
        try: async () => {
          const { gguf } = await import("@huggingface/gguf");
          return await gguf(file, { allowLocalFile: true });
        },
        catch: (error) =>
          refuse(`its header is wrong: ${error instanceof Error ? error.message : error}`),
      });
    const metadata: Metadata = Object.fromEntries(
      Object.entries(values as object)
        .map(([key, value]) => [key, typeof value === "bigint" ? Number(value) : value]),
    );
    const start = Number(tensorDataOffset);
    // beyond the end of the file the package reads zeros
    if (start > size) return yield* refuse(`it is truncated: found ${size} bytes`);
    if (!littleEndian) return yield* refuse("its numbers are big-endian");
    if (Number(metadata["split.count"] ?? 1) > 1) {
      return yield* refuse(
        "it is one of several parts: join them with `llama-gguf-split --merge FIRST.gguf WHOLE.gguf`",
      );
    }
    const tensors = new Map<string, GgufTensor>();
    for (const { name, shape: axes, dtype, offset } of tensorInfos) {
      const format = FORMATS.get(dtype);
      if (format === undefined) {
        return yield* refuse(
          `tensor '${name}' must be ${[...FORMATS.values()].map(({ name }) => name).join(", ")}: ` +
            `found ${yield* typeName(dtype)}; take the file in one of these, such as Q8_0`,
        );
      }
      const shape = axes.map(Number).reverse();
      const columns = shape.at(-1) ?? 0;
      const numbers = shape.reduce((product, each) => product * each, 1);
      const isWhole = columns > 0 && columns % format.numbers === 0;
      if (!isWhole || (shape.length < 2 && format.numbers > 1) || tensors.has(name)) {
        return yield* refuse(
          `tensor '${name}' is there twice or of a wrong shape: found [${shape}]`,
        );
      }
      const length = numbers / format.numbers * format.bytes;
      if (start + Number(offset) + length > size) {
        return yield* refuse(`it is truncated: tensor '${name}' ends beyond its ${size} bytes`);
      }
      tensors.set(name, { name, shape, format, offset: start + Number(offset), length });
    }
    return { metadata, tensors };
  });
}

/** What a format that is not read is called. */
const typeName = (dtype: number) =>
  Effect.promise(async () =>
    (await import("@huggingface/gguf")).GGMLQuantizationType[dtype] ?? `type ${dtype}`
  );
