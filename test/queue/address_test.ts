import { Either, Redacted } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkIdentity, decodeVectors, encodeVectors, parseAddress } from "../../lib/queue/mod.ts";
import { readPlan, readUnit } from "../../lib/queue/messages.ts";
import { planOf, unitOf } from "./support.ts";

const read = (url: string, password?: string) =>
  parseAddress(
    Redacted.make(url),
    password === undefined ? {} : { password: Redacted.make(password) },
  );

test("parseAddress() reads host, port, database, user, password and TLS", () => {
  const address = Either.getOrThrow(read("rediss://bob:p%40ss@queue.example:7000/3"));
  assert.is(address.host, "queue.example");
  assert.is(address.port, 7000);
  assert.is(address.database, 3);
  assert.is(address.username, "bob");
  assert.is(Redacted.value(address.password!), "p@ss");
  assert.ok(address.tls);
  const plain = Either.getOrThrow(read("redis://[::1]"));
  assert.equal([plain.host, plain.port, plain.database, plain.tls], ["::1", 6379, 0, false]);
  const apart = Either.getOrThrow(read("redis://bob@h", "other"));
  assert.is(Redacted.value(apart.password!), "other");
});

test("parseAddress() shows no password, neither in an address nor in an error", () => {
  fc.assert(fc.property(fc.stringMatching(/^[a-z0-9]{12,20}$/), (secret) => {
    const good = Either.getOrThrow(read(`redis://u:${secret}@host:1/0`));
    assert.not.match(JSON.stringify(good), secret);
    assert.is(good.shown, "redis://host:1/0");
    for (
      const url of [
        `http://u:${secret}@h`,
        `redis://u:${secret}@h/x`,
        `redis://u:${secret}@`,
        `redis://u:${secret}%@h`,
        secret,
      ]
    ) {
      const bad = read(url);
      assert.ok(Either.isLeft(bad), url);
      assert.not.match(bad.left.message, secret);
    }
  }));
});

test("vectors go through a plan bit for bit", () => {
  const vectors = Float32Array.from([0, -0, 1e-45, 3.4e38, NaN, Infinity]);
  assert.equal(
    new Uint32Array(decodeVectors(encodeVectors(vectors)).buffer),
    new Uint32Array(vectors.buffer),
  );
  assert.equal(decodeVectors(encodeVectors(vectors.subarray(1, 3))), vectors.slice(1, 3));
});

test("readUnit() and readPlan() take what was made and say what is wrong with anything else", () => {
  const unit = unitOf(3);
  assert.equal(Either.getOrThrow(readUnit(JSON.parse(JSON.stringify(unit)))), unit);
  const plan = planOf("a");
  assert.equal(Either.getOrThrow(readPlan(JSON.parse(JSON.stringify(plan)))), plan);
  const wrong = readUnit({ ...unit, example: { ...unit.example, ids: ["1"] } });
  assert.match(Either.isLeft(wrong) ? wrong.left : "", /example\.ids/);
  for (const other of ["", null, {}, { ...plan, format: 2 }]) {
    assert.ok(Either.isLeft(readPlan(other)), JSON.stringify(other));
  }
  fc.assert(fc.property(fc.jsonValue(), (value) => void readUnit(value)));
});

test("checkIdentity() refuses another model, tokenizer, code or prompt, and names each", () => {
  const sha256 = "b".repeat(64);
  const prompt = { name: "seed0", method: "prompt", virtualTokens: 1, vectors: "" } as const;
  const plan = { ...planOf("a"), prompts: [{ ...prompt, calibration: null, sha256 }] };
  const { model, tokenizer, code, task } = plan;
  const mine = { model, tokenizer, code, task, prompts: { seed0: sha256 } };
  assert.ok(Either.isRight(checkIdentity(plan, mine)));
  for (
    const [key, other] of [
      ["model", { ...mine, model: "0".repeat(64) }],
      ["tokenizer", { ...mine, tokenizer: "0".repeat(64) }],
      ["code", { ...mine, code: "0".repeat(64) }],
      ["device", { ...mine, device: "webgpu (A)" }],
      ["prompts.seed0", { ...mine, prompts: { seed0: "0".repeat(64) } }],
    ] as const
  ) {
    const refused = checkIdentity(plan, other);
    assert.match(Either.isLeft(refused) ? refused.left.message : "", `its ${key} is`);
  }
  const onDevice = { ...plan, device: "webgpu (A)" };
  assert.ok(Either.isLeft(checkIdentity(onDevice, mine)));
  assert.ok(Either.isRight(checkIdentity(onDevice, { ...mine, device: "webgpu (A)" })));
});

test.run();
