import { Effect } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AnswerText, type Tokenizer } from "../../lib/tokenizer/mod.ts";
import { effectTest } from "../support.ts";
import { loadVector, TOKENIZERS } from "./support.ts";

type Decoder = Pick<Tokenizer, "decode">;

/** Gives an answer the tokens until it says that it has ended. */
function grown(tokenizer: Decoder, ids: readonly number[], stop: readonly string[]) {
  const answer = new AnswerText(tokenizer, stop);
  const used = ids.findIndex((id) => answer.push(id, -id));
  return { ...answer.finish(), used: used < 0 ? ids.length : used + 1 };
}

/** Text of the first tokens, without a character that waits for more bytes. */
const wholeText = (tokenizer: Decoder, ids: readonly number[], count: number) =>
  tokenizer.decode(ids.slice(0, count)).replace(/\uFFFD+$/, "");

/** What an answer must be: the text before the first of the stop strings that the fewest tokens complete. */
function expected(tokenizer: Decoder, ids: readonly number[], stop: readonly string[]) {
  for (let used = 1; used <= ids.length; used++) {
    const text = wholeText(tokenizer, ids, used);
    const found = stop.map((each) => text.indexOf(each)).filter((at) => at >= 0);
    if (found.length === 0) continue;
    const cut = Math.min(...found);
    const kept = ids.filter((_, i) => i < used && wholeText(tokenizer, ids, i).length < cut);
    return { text: text.slice(0, cut), ids: kept };
  }
  return { text: tokenizer.decode(ids), ids };
}

function check(tokenizer: Decoder, ids: readonly number[], stop: readonly string[]): void {
  const answer = grown(tokenizer, ids, stop);
  const { text, ids: kept } = expected(tokenizer, ids, stop);
  assert.is(answer.text, text);
  assert.equal(answer.ids, kept);
  assert.equal(answer.logProbabilities, kept.map((id) => -id));
}

const STOPS = ["\n\n", "\nQuestion:", "e", "th", "é", "🙂", "  ", "한"];

for (const name of TOKENIZERS) {
  const ids = (tokenizer: Tokenizer) =>
    fc.oneof(
      fc.array(fc.nat(tokenizer.vocabSize - 1), { maxLength: 40 }),
      fc.string({ unit: "binary", maxLength: 30 }).map((text) =>
        tokenizer.encode(text, { addSpecialTokens: false })
      ),
      fc.array(fc.constantFrom(...STOPS, "the", " ", "x"), { maxLength: 12 })
        .map((words) => tokenizer.encode(words.join(""), { addSpecialTokens: false })),
    );

  test(
    `AnswerText of ${name} is what all tokens decode to at once, up to the first stop string`,
    effectTest(() =>
      Effect.map(loadVector(name), (tokenizer) => {
        const stops = fc.uniqueArray(fc.constantFrom(...STOPS), { maxLength: 3 });
        fc.assert(
          fc.property(ids(tokenizer), stops, (ids, stop) => check(tokenizer, ids, stop)),
          { numRuns: 60 },
        );
      })
    ),
  );
}

test("AnswerText puts characters together that tokens split anywhere", () => {
  const pieces = ["a", "b", " ", "\n", "é", "한", "🙂"].flatMap((text) => {
    const bytes = [...new TextEncoder().encode(` ${text}a`)];
    return bytes.flatMap((_, from) =>
      bytes.slice(from).map((_, to) => bytes.slice(from, from + to + 1))
    );
  });
  const decode = (ids: readonly number[]) =>
    new TextDecoder().decode(Uint8Array.from(ids.flatMap((id) => pieces[id]!)));
  const ids = fc.array(fc.nat(pieces.length - 1), { maxLength: 20 });
  fc.assert(
    fc.property(
      ids,
      fc.uniqueArray(fc.constantFrom(...STOPS), { maxLength: 3 }),
      (ids, stop) => check({ decode }, ids, stop),
    ),
    { numRuns: 300 },
  );
});

test(
  "AnswerText stops at the token that completes a stop string",
  effectTest(() =>
    Effect.map(loadVector("tokenizer_chatml"), (tokenizer) => {
      const ids = tokenizer.encode("12 apples\nQuestion: and more", { addSpecialTokens: false });
      const { text, used } = grown(tokenizer, ids, ["\nQuestion:"]);
      assert.is(text, "12 apples");
      assert.is(tokenizer.decode(ids.slice(0, used)), "12 apples\nQuestion:");
    })
  ),
);

test(
  "AnswerText ignores an empty stop string",
  effectTest(() =>
    Effect.map(loadVector("tokenizer_chatml"), (tokenizer) => {
      assert.is(grown(tokenizer, tokenizer.encode("a b"), [""]).text, "a b");
    })
  ),
);

test(
  "AnswerText takes back text whose bytes turn out to be none, as decode() does",
  effectTest(() =>
    Effect.map(loadVector("tokenizer_sentencepiece"), (tokenizer) => {
      const bytes = (...values: readonly number[]) => values.map((byte) => byte + 3);
      const digits = [...new TextEncoder().encode("１２３")];
      for (
        const [ids, text] of [
          [bytes(...digits), "１２３"],
          [bytes(...digits.slice(0, 8)), "\uFFFD".repeat(8)],
          [bytes(0x1b, 0x20, 0xe6), "\uFFFD".repeat(3)],
          [[...bytes(...digits.slice(0, 4)), 281], "\uFFFD".repeat(4) + "a"],
        ] as const
      ) {
        assert.is(tokenizer.decode(ids), text);
        assert.is(grown(tokenizer, ids, []).text, text);
      }
    })
  ),
);

test.run();
