import { test } from "uvu";
import * as assert from "uvu/assert";
import { arms, glossary } from "../../lib/arm/mod.ts";
import { Acceptance, Corruption, Trigger } from "../../lib/dpc/mod.ts";
import { Registry } from "../../lib/registry/mod.ts";

const described = (names: readonly string[]) =>
  glossary(names).map(({ name, description }) => [name, description]);

test("glossary() explains every arm, and the rule after one", () => {
  for (const name of Registry.names(arms)) {
    assert.equal(described([name]), [[name, arms.entries[name]!.description]]);
  }
  assert.equal(described(["dpc+moreConfident", "dpc"]), [
    ["dpc", arms.entries["dpc"]!.description],
    ["moreConfident", Acceptance.registry.entries["moreConfident"]!.description],
  ]);
});

test("glossary() explains what a grid's arms are made of, each once", () => {
  const names = [
    "random",
    "random(0.3)/topK k=2 gamma=0.1",
    "affectedRatio rho=0.2/mean gamma=0/moreConfident/2 rounds",
  ];
  const { random, affectedRatio } = Trigger.registry.entries;
  const { topK, mean } = Corruption.registry.entries;
  assert.equal(glossary([...names, ...names]).map(({ description }) => description), [
    arms.entries["random"]!.description,
    random!.description,
    topK!.description,
    affectedRatio!.description,
    mean!.description,
    Acceptance.registry.entries["moreConfident"]!.description,
  ]);
});

test("glossary() says nothing of names that are in no table", () => {
  assert.equal(glossary(["mine", "toString", "mine/other"]), []);
});

test.run();
