import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import { makeWorld } from "../reliability/world.ts";
import { effectTest } from "../support.ts";
import { sufferFaults } from "./faults.ts";
import { available } from "./redis.ts";
import { tinyModel } from "../fixtures.ts";

(available ? test : test.skip)(
  "a run on three workers equals the local one though workers die, freeze, come late or are strangers, and server and coordinator restart",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* makeWorld(folder, 200);
      yield* tinyModel(`${folder}/other`);
      // the same tensors with one byte changed are another model
      const weights = `${folder}/other/model.safetensors`;
      const bytes = yield* fs.readFile(weights);
      bytes[bytes.length - 1]! ^= 1;
      yield* fs.writeFile(weights, bytes);
      yield* sufferFaults({
        folder,
        evaluation: [
          ...["--model", `${folder}/model`, "--prompt", `${folder}/prompt`],
          ...["--data", `${folder}/data.jsonl`, "--arms", "base,pt,untriggered"],
          ...["--max-new-tokens", "8"],
        ],
        model: `${folder}/model`,
        otherModel: `${folder}/other`,
        workers: 3,
        kills: 2,
        lock: 2,
        seed: 1,
        report: () => {},
      });
    }), 300),
);

test.run();
