import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Instance, InstancePacker } from "../../../lib/report/run_data/instances.ts";
import { HOSTILE, sample, samples } from "../support.ts";

const pack = (n: number, limits: ConstructorParameters<typeof InstancePacker>[1]) => {
  const packer = new InstancePacker(n, limits);
  for (const each of samples(n)) packer.add(each);
  return packer.finish();
};

const unpack = (blocks: readonly string[]): readonly Instance[] =>
  blocks.flatMap((block) =>
    gunzipSync(Buffer.from(block, "base64")).toString().split("\n")
      .map((line) => JSON.parse(line) as Instance)
  );

test("InstancePacker packs every sample with its line, without flows that a report does not show", () => {
  const { blocks, held, total } = pack(1100, {});
  assert.equal([held, total], [1100, 1100]);
  const lines = unpack(blocks);
  assert.equal(lines.map(({ line }) => line).sort((a, b) => a - b)[1099], 1100);
  assert.is(new Set(lines.map(({ line }) => line)).size, 1100);
  const { id, question, arms } = sample(7);
  const { flow, ...found } = lines.find(({ line }) => line === 7)!;
  assert.equal({ id: found.id, question: found.question, arms: found.arms }, {
    id,
    question,
    arms,
  });
  assert.equal(Object.keys(flow!), ["accumulation", "tokens"]);
});

test("InstancePacker takes samples evenly where there are too many", () => {
  const { blocks, held, total } = pack(1000, { instances: 300 });
  assert.equal([held, total], [300, 1000]);
  const lines = unpack(blocks).map(({ line }) => line).sort((a, b) => a - b);
  const gaps = lines.slice(1).map((line, i) => line - lines[i]!);
  assert.equal([Math.min(...gaps), Math.max(...gaps)], [3, 4]);
});

test("InstancePacker leaves out an even part where the samples are too large", () => {
  const all = pack(1600, {});
  const size = all.blocks.join("").length;
  const { blocks, held } = pack(1600, { characters: size / 2 });
  assert.ok(blocks.join("").length <= size / 2);
  assert.ok(held >= 600 && held <= 800, String(held));
  const halves = [0, 0];
  for (const { line } of unpack(blocks)) halves[line <= 800 ? 0 : 1]! += 1;
  assert.is(halves[0], halves[1]);
});

test("InstancePacker brings every text through, a half surrogate as what JSON makes of it", () => {
  const packer = new InstancePacker(1);
  packer.add(sample(1, { question: HOSTILE }));
  assert.is(unpack(packer.finish().blocks)[0]!.question, HOSTILE);
});

test.run();
