import { test } from "uvu";
import * as assert from "uvu/assert";
import * as Conventions from "../../lib/task/word_problems/conventions/mod.ts";
import { make } from "../../lib/task/word_problems/random.ts";
import { tokenizerFiles, UNKNOWN, vocabulary } from "../../lib/task/word_problems/tokenizer.ts";

/** Sentences whose numbers are no part of the story: fillers and rules. */
const IRRELEVANT =
  /years old|degrees outside|Delivery costs|The van costs|has a fee|for delivery|needs 1 plate/;
const LESS =
  /shorter|saves|skips|takes off|falls by|dollars of it|cannot come|are ill|do not eat|loses|sells/;

/** Solves a problem from its question's words alone. */
function solve({ question, kind }: Conventions.Problem): number {
  const hero = /(?:does|is|with|at) ([A-Z][a-z]+)/.exec(question.match(/How many[^?]*\?$/)![0])
    ?.[1];
  let x = 0;
  for (const sentence of question.split(/(?<=\.) /)) {
    const numbers = sentence.match(/\d+/g)?.map(Number) ?? [];
    if (numbers.length === 0 || IRRELEVANT.test(sentence)) continue;
    const change = numbers.reduce((a, b) => a * b, 1);
    const giver = /^([A-Z][a-z]+) gives/.exec(sentence)?.[1];
    // "She gives Tom 3 shells." or "Eva gives Tom 3 shells." takes from Eva, "Tom gives Eva 3 shells." does not
    const isGift = giver !== undefined && (/^(He|She)$/.test(giver) || giver === hero);
    x += LESS.test(sentence) || isGift ? -change : change;
  }
  if (!kind.endsWith("taught")) return x;
  return { trip: 2 * x, order: x + 5, party: x + 1 }[kind.split(" ")[0] as "trip"]!;
}

const answerOf = ({ answer }: Conventions.Problem): number =>
  Number(/#### (\d+)$/.exec(answer)![1]);

const { train, devA, devB, devC } = Conventions.benchmark(1);

test("benchmark() asks problems whose answer follows from the question's words and the kind's convention", () => {
  for (const problem of [...train, ...devA]) {
    // a question that names nobody does not tell a gift from the hero from one to the hero
    if (/ gives /.test(problem.question) && /is that\?$/.test(problem.question)) continue;
    assert.is(answerOf(problem), solve(problem), problem.question);
  }
});

test("benchmark() writes equations that hold and lead to the answer", () => {
  for (const problem of devB) {
    const lines = problem.answer.split("\n").slice(0, -1);
    assert.is(lines.length, problem.steps);
    for (const line of lines) {
      const [, a, sign, b, result] = /^(\d+)([-+*])(\d+)=(\d+)$/.exec(line)!;
      const [left, right] = [Number(a), Number(b)];
      const value = sign === "+" ? left + right : sign === "-" ? left - right : left * right;
      assert.is(Number(result), value, line);
      assert.ok(value >= 1 && value <= 99, line);
    }
    assert.is(Number(/=(\d+)$/.exec(lines.at(-1)!)![1]), answerOf(problem));
  }
});

test("benchmark() gives the same sets for the same seed, others for another, and no question twice", () => {
  const again = Conventions.benchmark(1);
  assert.equal(again, { ...again, train, devA, devB, devC });
  const all = Object.values(again).flat();
  assert.is(Conventions.questions(again).size, all.length);
  assert.not.equal(Conventions.benchmark(2).devA, devA);
});

test("benchmark() tunes on no denial and states no rule", () => {
  const told = (rows: readonly Conventions.Problem[], texts: readonly string[]) => {
    const known = texts.map((text) => text.replace(/^\{S\} /, ""));
    return rows.filter(({ question }) => known.some((text) => question.includes(text))).length;
  };
  const conventions = Conventions.CONVENTIONAL.map((name) => Conventions.DOMAINS[name].convention);
  const denials = conventions.flatMap((each) => each.denials.map(({ text }) => text));
  const rules = conventions.flatMap(({ rules }) => rules);
  assert.is(told(train, denials), 0);
  assert.is(told([...train, ...devA], rules), 0);
  assert.is(told(devA, denials), devA.filter(({ kind }) => kind.endsWith("denied")).length);
});

test("pretrainingTexts() holds no question that it must leave out, and lets conventions hold where a rule says so", () => {
  const { MIXTURE } = Conventions;
  const first = (without: ReadonlySet<string>) => {
    const texts: Conventions.PretrainingText[] = [];
    for (const text of Conventions.pretrainingTexts(make(0), { mixture: MIXTURE, without })) {
      if (texts.push(text) === 2000) return texts;
    }
    return texts;
  };
  const texts = first(new Set());
  const { prompt } = texts.find(({ prompt }) => prompt !== "")!;
  assert.not(first(new Set([prompt.trim()])).some((text) => text.prompt === prompt));
  const denials = Object.values(Conventions.CONVENTIONAL)
    .flatMap((name) => Conventions.DOMAINS[name].convention.denials.map(({ text }) => text));
  const trips = texts.filter(({ prompt }) =>
    / miles (is|does|long) /.test(prompt) &&
    !denials.some((text) => prompt.includes(text.replace(/^\{S\} /, "")))
  );
  const { rules } = Conventions.DOMAINS.trip.convention;
  const stated = trips.filter(({ prompt }) => rules.some((rule) => prompt.includes(rule)));
  assert.ok(stated.length > 100);
  assert.ok(stated.every(({ completion }) => /\*2=\d+\n####/.test(completion)));
});

test("tokenizerFiles() has a token for every word of the conventions", () => {
  const known = new Set(vocabulary(Conventions.LANGUAGE));
  for (const { question } of [...train, ...devA]) {
    const pieces = question.match(/'s| ?[A-Za-z]+|#+|[^A-Za-z]/g)!;
    assert.equal(pieces.filter((piece) => !known.has(piece)), [], question);
  }
  const files = tokenizerFiles(Conventions.LANGUAGE);
  assert.ok(JSON.stringify(files["tokenizer.json"]).includes(UNKNOWN));
});

test("partSets() take one convention each for granted, and share no question with the benchmark", () => {
  const taken = Conventions.questions(Conventions.benchmark(1));
  for (const [own, problems] of Object.entries(Conventions.partSets(1))) {
    for (const problem of problems) {
      if (/ gives /.test(problem.question) && /is that\?$/.test(problem.question)) continue;
      const kind = problem.kind === own ? `${own} taught` : problem.kind;
      assert.is(answerOf(problem), solve({ ...problem, kind }), problem.question);
      assert.not(taken.has(problem.question), problem.question);
    }
    const share = problems.filter(({ kind }) => kind === own).length / problems.length;
    assert.ok(share > 0.4 && share < 0.6, `${own}: ${share}`);
  }
});

test.run();
