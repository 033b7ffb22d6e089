/**
 * The matrices of a LoRA, paired with the tensors of a checkpoint that they change.
 *
 * @module
 */
import { Either } from "effect";
import type { ExpectedTensor } from "../checkpoint/mod.ts";
import { isWeightDtype, type TensorEntry, type TensorLocation } from "../safetensors/mod.ts";
import type { LoraConfig } from "./lora_config.ts";

/** What is added to a tensor [out, in]: scale * B A. */
export interface Change {
  /** [rank, in] */
  readonly a: TensorLocation;
  /** [out, rank] */
  readonly b: TensorLocation;
  readonly rank: number;
  readonly scale: number;
  /** The tensor itself, which PEFT keeps beside a LoRA of an output matrix. */
  readonly base: TensorLocation | undefined;
}

/** As PEFT calls them: `base_model.model.MODULE.lora_A.weight`, or with the adapter's name behind `lora_A`. */
const NAME = /^(?:base_model\.model\.)?(.+)\.(lora_A|lora_B|base_layer)(?:\.default)?\.weight$/;

/**
 * Finds the changes by the tensor's name, or says what is wrong.
 *
 * @param expected tensors of the checkpoint
 * @param held what the adapter's file holds
 */
export function changesOf(
  config: LoraConfig,
  expected: readonly ExpectedTensor[],
  held: ReadonlyMap<string, TensorEntry>,
  file: string,
): Either.Either<ReadonlyMap<string, Change>, string> {
  const other = config.base === undefined ? "" : `; it was trained on '${config.base}'`;
  const found = new Map<string, TensorLocation>();
  for (const [name, entry] of held) {
    const [, module, part] = NAME.exec(name) ?? [];
    const { dtype } = entry;
    if (module === undefined) return Either.left(`it holds '${name}', which is no part of a LoRA`);
    if (!isWeightDtype(dtype)) {
      return Either.left(`'${name}' must be F32, F16 or BF16: found ${dtype}`);
    }
    found.set(`${module} ${part}`, { ...entry, dtype, name, file });
  }
  const modules = new Map(
    expected.filter(({ name, shape }) => shape.length === 2 && name !== "model.embed_tokens.weight")
      .map(({ name, shape }) => [name.replace(/\.weight$/, ""), shape]),
  );
  for (const key of found.keys()) {
    const module = key.split(" ")[0]!;
    if (!modules.has(module)) {
      return Either.left(`the model has no matrix '${module}' of its own${other}`);
    }
    if (!config.targets(module)) {
      return Either.left(`it holds '${module}', which its target_modules do not name`);
    }
  }
  const changes = new Map<string, Change>();
  for (const [module, shape] of modules) {
    if (!config.targets(module)) continue;
    const { rank, scale } = config.of(module);
    const [out, into] = shape as [number, number];
    const a = found.get(`${module} lora_A`);
    const b = found.get(`${module} lora_B`);
    const base = found.get(`${module} base_layer`);
    if (a === undefined || b === undefined) {
      const part = a === undefined ? "lora_A" : "lora_B";
      return Either.left(`its file lacks ${part} of '${module}', which its target_modules name`);
    }
    for (
      const [tensor, wanted] of [[a, [rank, into]], [b, [out, rank]], [base, shape]] as const
    ) {
      if (tensor !== undefined && tensor.shape.join() !== wanted.join()) {
        return Either.left(
          `the shape of '${tensor.name}' must be [${wanted.join(", ")}]: found [${
            tensor.shape.join(", ")
          }]${other}`,
        );
      }
    }
    changes.set(`${module}.weight`, { a, b, rank, scale, base });
  }
  return changes.size === 0
    ? Either.left(`its target_modules name no matrix of the model${other}`)
    : Either.right(changes);
}
