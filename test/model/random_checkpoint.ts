/**
 * Checkpoints with random weights, written to disk as Hugging Face has them: for properties that need a model of some
 * shape, not one that knows anything.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { PCGRandom } from "effect/Utils";
import { parseConfig } from "../../lib/model/checkpoint/config.ts";
import { expectedTensors } from "../../lib/model/checkpoint/expected_tensors.ts";
import { writeSafetensors } from "../../lib/model/safetensors/write.ts";

/** Keys of config.json that differ from the defaults here. */
export type ConfigKeys = Readonly<Record<string, unknown>>;

/** What is written. */
export interface RandomCheckpoint {
  /** Keys of config.json besides the defaults. */
  readonly config?: ConfigKeys;
  /** Folder of test/vectors whose tokenizer goes with it; `tokenizer_chatml` (320 ids) by default. */
  readonly tokenizer?: string;
  /** Spread of the weights: large enough that the next token depends on all of the text. */
  readonly deviation?: number;
  readonly seed?: number;
}

const DEFAULTS: ConfigKeys = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 320,
  hidden_size: 64,
  intermediate_size: 160,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
  bos_token_id: 1,
  eos_token_id: 2,
};

/** Writes a checkpoint with a tokenizer into a temporary folder that goes with the scope. */
export const randomCheckpoint = (options: RandomCheckpoint = {}) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const { tokenizer = "tokenizer_chatml", deviation = 0.3, seed = 1 } = options;
    const directory = yield* fs.makeTempDirectoryScoped();
    const json = { ...DEFAULTS, ...options.config };
    yield* fs.writeFileString(path.join(directory, "config.json"), JSON.stringify(json));
    const config = yield* parseConfig(json);
    const random = new PCGRandom(seed);
    const tensors = Array.from(expectedTensors(config), ([name, shape]) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const centre = name.includes("norm") ? 1 : 0;
      const drawn = Float32Array.from(
        { length: Math.min(size, MOST_DRAWN) },
        () => centre + deviation * normal(random),
      );
      // large ones repeat themselves: drawing each number would take ten seconds
      const data = size <= MOST_DRAWN
        ? drawn
        : Float32Array.from({ length: size }, (_, i) => drawn[i % MOST_DRAWN]!);
      return { name, shape, data };
    });
    yield* writeSafetensors(path.join(directory, "model.safetensors"), tensors);
    const source = path.join(import.meta.dirname!, "..", "vectors", tokenizer);
    for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
      yield* fs.copyFile(path.join(source, file), path.join(directory, file));
    }
    return directory;
  });

/** Numbers that are drawn of a tensor. */
const MOST_DRAWN = 1_000_003;

/** A standard normal number, about: the sum of twelve uniform ones. */
function normal(random: PCGRandom): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.number();
  return sum;
}
