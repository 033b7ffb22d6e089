/**
 * `dpc fetch`: downloads the public datasets from their authors' repositories into data/cache, or models and datasets of the Hugging Face
 * Hub, each file with size and hash checked.
 *
 * @module
 */
import { Args, HelpDoc } from "@effect/cli";
import { FetchHttpClient } from "@effect/platform";
import { Console, Effect, Layer } from "effect";
import { program } from "../cli/command.ts";
import { directory, text } from "../cli/options.ts";
import { fetchRepositories } from "./fetch_hub.ts";
import { oneOf } from "../../lib/registry/mod.ts";
import { download, SOURCES } from "../../lib/task/mod.ts";

const TASKS = [...new Set(SOURCES.map(({ task }) => task))];

/** What else may be fetched, by what is said for it. */
const KINDS = { model: "model", data: "dataset" } as const;

/** A redirect could lead away from https. */
const http = FetchHttpClient.layer.pipe(
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "error" })),
);

const isKind = (word: string | undefined): word is keyof typeof KINDS =>
  word !== undefined && Object.hasOwn(KINDS, word);

/** The words, where they name what there is. */
const known = (words: readonly string[]) =>
  isKind(words[0])
    ? Effect.succeed(words)
    : Effect.forEach(words, (word) =>
      Effect.mapError(oneOf("task", word, TASKS), ({ message }) => HelpDoc.p(message)));

/** The command. */
export const command = program({
  name: "fetch",
  about:
    "Downloads the public datasets from their authors' repositories, or models and datasets of the Hugging Face Hub; continues where it stopped. " +
    "Of the Hub only weights as safetensors, JSON, text and data files are fetched. HF_TOKEN is the token for what is not public, HF_ENDPOINT " +
    "another address of the Hub; the token is sent nowhere else.",
  examples: {
    "GSM8K alone": "npx dpc fetch gsm8k",
    "A model of the Hub, for --model Qwen/Qwen3-0.6B": "npx dpc fetch model Qwen/Qwen3-0.6B",
    "A dataset of the Hub into a folder":
      "npx dpc fetch data openai/gsm8k@main --to data/hub/gsm8k",
  },
  options: {
    tasks: Args.text({ name: "what" }).pipe(
      Args.withDescription(
        `Which datasets: ${
          TASKS.join(", ")
        }; all by default. Or model and names, or data and names, as org/name[@revision]`,
      ),
      Args.repeated,
      Args.mapEffect(known),
    ),
    to: directory(
      "Folder to put the files in; by default data/cache, and of the Hub its cache (HF_HOME, HF_HUB_CACHE)",
    ),
    file: text.repeated("Of the Hub, this file alone, as a GGUF file; may be given several times"),
  },
}, function* ({ tasks: [first, ...names], to, file }) {
  if (isKind(first)) return yield* fetchRepositories(KINDS[first], names, { to, only: file });
  const folder = to ?? "data/cache";
  for (const source of SOURCES) {
    if (first !== undefined && ![first, ...names].includes(source.task)) continue;
    const outcome = yield* Effect.provide(download(source, folder), http);
    yield* Console.log(
      `${folder}/${source.file}: ${outcome}, ${source.bytes} bytes, SHA-256 as expected`,
    );
  }
});
