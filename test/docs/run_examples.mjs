/**
 * Runs examples one after the other in the project that has the package installed, all on one open model: modules, and the Effect
 * `program` that a module exports. Prints those that fail.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { modelLayer } from "dynamic-prompt-corruption/stage";
import { Layer, ManagedRuntime } from "effect";

const runtime = ManagedRuntime.make(
  Layer.provideMerge(modelLayer({ directory: "data/model", workers: 1 }), NodeContext.layer),
);
for (const module of process.argv.slice(2)) {
  await import(module)
    .then(({ program }) => program && runtime.runPromise(program))
    .catch((error) => console.log("FAILED", module, error));
}
await runtime.dispose();
