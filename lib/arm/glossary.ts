/**
 * What the names of arms mean.
 *
 * @module
 */
import { Acceptance, Corruption, Trigger } from "../dpc/mod.ts";
import type { Registry } from "../registry/mod.ts";
import { arms } from "./named/mod.ts";

/** A name, and what it stands for. */
export interface Term {
  /** As it stands in the names of arms. */
  readonly name: string;
  /** In a few words. */
  readonly description: string;
}

/**
 * Explains what stands in the names of arms, those of a grid too, each once; nothing of names that are not in the tables.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { glossary } from "dynamic-prompt-corruption/arm";
 *
 * const terms = glossary(["pt", "always/mean gamma=0.1"]);
 * assert.deepEqual(terms.map(({ name }) => name), ["pt", "always", "mean"]);
 * ```
 */
export function glossary(names: readonly string[]): readonly Term[] {
  const terms = new Map<string, Term>();
  const explain = (
    { kind, entries }: Registry.Registry<{ readonly description: string }>,
    part: string | undefined,
  ) => {
    const name = part !== undefined && Object.hasOwn(entries, part)
      ? part
      : /^\w+/.exec(part ?? "")?.[0] ?? "";
    if (!Object.hasOwn(entries, name)) return;
    terms.set(`${kind} ${name}`, { name, description: entries[name]!.description });
  };
  for (const name of names) {
    const [first, corruption, ...rest] = name.split("/");
    if (corruption === undefined) {
      const [arm, rule] = name.split("+");
      explain(arms, arm);
      explain(Acceptance.registry, rule);
      continue;
    }
    // with the trigger of dpc
    explain(first === "dpc" ? arms : Trigger.registry, first);
    explain(Corruption.registry, corruption);
    for (const part of rest) explain(Acceptance.registry, part);
  }
  return [...terms.values()];
}
