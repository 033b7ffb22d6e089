import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DeviceError, findDevice, readDevice } from "../../lib/runtime/mod.ts";
import { effectTest } from "../support.ts";

test("readDevice() knows the names, and says in one line what cuda would take", () => {
  for (const name of ["cpu", "auto", "webgpu", "webgpu:0", "webgpu:12"]) {
    assert.is(readDevice(name), undefined, name);
  }
  for (const name of ["cuda", "cuda:1"]) {
    const reason = readDevice(name)!;
    assert.match(reason, /CUDA 12 and cuDNN 9/);
    assert.not.match(reason, /\n/);
  }
  assert.match(readDevice("webgpu:x")!, /take cpu, webgpu, webgpu:N of dpc devices, or auto/);
});

test(
  "findDevice() starts nothing for the CPU, and refuses what is no device",
  effectTest(() =>
    Effect.gen(function* () {
      assert.equal(yield* findDevice("cpu"), { provider: "cpu", name: "cpu", environment: {} });
      assert.instance(yield* Effect.flip(findDevice("tpu")), DeviceError);
    })
  ),
);

test.run();
