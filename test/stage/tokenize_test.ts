import { Effect, Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Model, Stage } from "../../lib/stage/mod.ts";
import { type Example, wordProblems } from "../../lib/task/mod.ts";
import { effectTest } from "../support.ts";
import { loadVector, TOKENIZERS } from "../tokenizer/support.ts";

const TEXT = "Q: One and one?\nA: The answer is 2.\n\nQ: Two and another?\nA:";
const example: Example = { id: "0", question: "", gold: "", strata: {} };

for (const name of TOKENIZERS) {
  test(
    `questions share the tokens before them, though the last is another where more follows: ${name}`,
    effectTest(() =>
      Effect.gen(function* () {
        const tokenizer = yield* loadVector(name);
        const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: true });
        let others = 0;
        for (let cut = 1; cut < TEXT.length; cut++) {
          const [prefix, text] = [TEXT.slice(0, cut), TEXT.slice(cut)];
          const tokenize = Stage.tokenize(wordProblems, {
            inChat: (prompt) => Either.right({ ...prompt, prefix, text }),
          });
          const { prefixIds, ids } = yield* Effect.provideService(
            tokenize(example),
            Model,
            { tokenizer } as Model["Type"],
          );
          const alone = encode(prefix);
          assert.equal([...prefixIds, ...ids], encode(TEXT));
          assert.equal(prefixIds, alone.slice(0, prefixIds.length));
          assert.ok(ids.length > 0);
          const missing = alone.length - prefixIds.length;
          assert.ok(missing === 0 || alone[prefixIds.length] !== ids[0] || ids.length === 1);
          if (missing > 0 && prefixIds.length > 0) others += 1;
        }
        assert.ok(others > 0, "a cut inside what is one token, with tokens before it");
      })
    ),
  );
}

test.run();
