/**
 * Keys and values of prefixes, computed once for each soft prompt and shared text and kept while there is room.
 *
 * @module
 */
import { Effect } from "effect";
import type { Feed } from "../../runtime/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import type { EngineError, Prefix } from "./engine.ts";
import type { GraphRunner } from "./graph_runner.ts";
import { RecentlyUsed } from "./recently_used.ts";
import { idsTensor, type PositionFeeds, prefix as prefixGraph, promptFeed } from "../graph/mod.ts";
import {
  freeKeysValues,
  joinKeysValues,
  keptKeysValues,
  type KeysValues,
  keysValuesOf,
  keyValueBytes,
  keyValueNames,
  ownKeysValues,
  prefixFeeds,
  virtualTokensOf,
} from "./cache/mod.ts";

/** Number of positions of a prefix. */
export function prefixLength(config: DecoderConfig, prefix: Prefix): number {
  return virtualTokensOf(config, prefix.prompt) + prefix.ids.length;
}

/** Computes and keeps prefixes; the least recently used goes first when `bytes` are exceeded. */
export class Prefixes {
  readonly #config: DecoderConfig;
  readonly #runner: GraphRunner;
  readonly #positions: PositionFeeds;
  readonly #known: RecentlyUsed<KeysValues>;

  /** Keeps up to `bytes` of keys and values. */
  constructor(
    config: DecoderConfig,
    runner: GraphRunner,
    positions: PositionFeeds,
    bytes: number,
  ) {
    this.#config = config;
    this.#runner = runner;
    this.#positions = positions;
    this.#known = new RecentlyUsed(bytes, keyValueBytes);
  }

  /**
   * Keys and values of a prefix; nothing for an empty one.
   *
   * @param length positions of the text that it is of, which some rotations depend on
   */
  get(prefix: Prefix, length: number): Effect.Effect<KeysValues | undefined, EngineError> {
    if (prefixLength(this.#config, prefix) === 0) return Effect.succeed(undefined);
    const key = `${keyOf(prefix)} ${this.#positions.rotationOf(length)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return Effect.succeed(known);
    return Effect.tap(this.#compute(prefix, length), (computed) => {
      this.#known.makeRoom(keyValueBytes(computed)).forEach(freeKeysValues);
      this.#known.set(key, computed);
    });
  }

  #compute(prefix: Prefix, length: number): Effect.Effect<KeysValues, EngineError> {
    const config = this.#config;
    const { prompt, ids } = prefix;
    const tokens = ids.length;
    const own = ownKeysValues(config, prompt);
    if (own !== undefined && tokens === 0) return Effect.succeed(own);
    const virtualTokens = own === undefined ? virtualTokensOf(config, prompt) : 0;
    const cache = own?.positions ?? 0;
    const sizes = { batch: 1, tokens, virtualTokens, cache };
    const row = { cached: cache, hidden: prompt.hidden, length };
    const feeds: Record<string, Feed> = {
      ...this.#positions.of([row], virtualTokens + tokens, cache),
      ...prefixFeeds(config, own),
      ...promptFeed(config, prompt),
      ...(tokens > 0 ? { ids: idsTensor([ids], tokens) } : {}),
    };
    // what a prefix of keys and values is joined with has to be here
    const keep = this.#runner.onDevice && own === undefined ? keyValueNames(config) : [];
    return this.#runner.runKeeping(
      {
        key: `prefix n${virtualTokens} c${cache} t${tokens}`,
        build: (weights) => prefixGraph(config, sizes, weights),
        kind: "read",
        keep,
      },
      feeds,
    ).pipe(
      Effect.map(({ outputs, kept }) => {
        if (keep.length > 0) return keptKeysValues(kept, config.layers);
        const computed = keysValuesOf(outputs, config.layers, 0);
        return own === undefined ? computed : joinKeysValues(config, own, computed);
      }),
    );
  }
}

const keyOf = ({ prompt, ids }: Prefix): string =>
  [prompt.hash, prompt.hidden.join(), ids.join()].join(" ");
