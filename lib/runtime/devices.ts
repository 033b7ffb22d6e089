/**
 * Where graphs are computed: the CPU, or a GPU by ONNX Runtime's WebGPU provider. The provider's binding names no adapter and takes no
 * choice of one, so it is asked in a process of its own: on Linux the Vulkan loader says which driver it uses, and a choice is a driver
 * that the loader is left alone with.
 *
 * @module
 */
import { Data, Effect } from "effect";
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Provider } from "../onnx/mod.ts";

/** A GPU. */
export interface Adapter {
  /** As its driver names it. */
  readonly name: string;
  /** File of its Vulkan driver, or the system's interface where there is none. */
  readonly driver: string;
  /** Whether it is a processor that computes as a GPU would. */
  readonly isSoftware: boolean;
  /** Whether it computes in float16. */
  readonly f16: boolean;
  /** Bytes of its largest buffer; absent where its driver does not tell. */
  readonly maxBufferBytes?: number;
}

/** Where graphs are computed. */
export interface Device {
  /** What ONNX Runtime computes by. */
  readonly provider: Provider;
  /** As results record it: "cpu", or the provider and its adapter. */
  readonly name: string;
  /** The GPU; absent of the CPU. */
  readonly adapter?: Adapter;
  /** Variables of the environment with which a process finds this one. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The processor. */
export const CPU: Device = { provider: "cpu", name: "cpu", environment: {} };

/** A device that can't be had. */
export class DeviceError extends Data.TaggedError("DeviceError")<{
  /** One line for the user. */
  readonly message: string;
}> {}

/** Adapters without a GPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render/i;

/** The Vulkan loader's line about the device that is opened. */
const USED = /Using "(.+)" with driver: "(.+)"/;

/** What reaches the adapter where it is not Vulkan, which the provider does not tell more of. */
const INTERFACES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: "Metal",
  win32: "D3D12",
};

const BOOT = new URL("./worker_boot.mjs", import.meta.url);
const PROBE = new URL("./device_probe.ts", import.meta.url);

/** Milliseconds for a driver to answer. */
const LIMIT = 300_000;

/** What the probe prints. */
type Probed = Pick<Adapter, "f16" | "maxBufferBytes"> | { readonly error: string };

/** Some drivers want a folder for what they share with a desktop. */
const base = (): Record<string, string> =>
  process.platform === "linux" && !process.env["XDG_RUNTIME_DIR"]
    ? { XDG_RUNTIME_DIR: tmpdir() }
    : {};

/** The device that the provider opens in such an environment. */
function probe(only: Readonly<Record<string, string>>): Effect.Effect<Device, DeviceError> {
  const environment = { ...base(), ...only };
  const command = "Deno" in globalThis
    ? ["run", "-A", fileURLToPath(PROBE)]
    : [fileURLToPath(BOOT), PROBE.href];
  return Effect.async<Device, DeviceError>((resume) => {
    const env = { ...process.env, ...environment, VK_LOADER_DEBUG: "driver" };
    const child = execFile(
      process.execPath,
      command,
      { env, timeout: LIMIT, maxBuffer: 2 ** 26 },
      (_error, output, errors) => {
        const found = readProbe(output);
        const [, name, library] = USED.exec(errors) ?? [];
        const driver = library?.split("/").at(-1) ?? INTERFACES[process.platform] ?? "Vulkan";
        const shown = name ?? `${driver} adapter`;
        resume(
          "error" in found
            ? new DeviceError({
              message:
                `Cannot use webgpu as no adapter can be opened (${found.error}): it needs a GPU ` +
                "and, on Linux, its Vulkan driver; dpc devices lists what is there",
            })
            : Effect.succeed({
              provider: "webgpu",
              name: `webgpu (${shown}, ${driver})`,
              adapter: { ...found, name: shown, driver, isSoftware: SOFTWARE.test(shown) },
              environment,
            }),
        );
      },
    );
    return Effect.sync(() => void child.kill("SIGKILL"));
  });
}

function readProbe(output: string): Probed {
  try {
    return JSON.parse(output.trim().split("\n").at(-1)!) as Probed;
  } catch {
    // a driver may end the process
    return { error: "its driver ended the process" };
  }
}

/** Files that name the Vulkan drivers of this machine, as its loader finds them. */
function driverFiles(): readonly string[] {
  const named = process.env["VK_DRIVER_FILES"] || process.env["VK_ICD_FILENAMES"];
  if (named) return named.split(":").filter((file) => file !== "");
  return ["/etc", "/usr/local/share", "/usr/share", join(homedir(), ".local/share")]
    .map((folder) => join(folder, "vulkan/icd.d"))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder).filter((name) => name.endsWith(".json")).sort()
        .map((name) => join(folder, name))
    );
}

/**
 * The GPUs that graphs can be computed on, `webgpu:0` first: on Linux one for each Vulkan driver, whose first card the provider opens; elsewhere
 * the system's own choice. Each is opened once, in a process of its own.
 */
export const listDevices: Effect.Effect<readonly Device[]> = Effect.suspend(() => {
  const each = process.platform === "linux"
    ? driverFiles().map((file) => ({ VK_DRIVER_FILES: file, VK_ICD_FILENAMES: file }))
    : [{}];
  return Effect.map(
    Effect.forEach(each, (only) => Effect.option(probe(only)), { concurrency: 2 }),
    (found) => found.flatMap((device) => device._tag === "Some" ? [device.value] : []),
  );
});

/** What CUDA would take. */
const NO_CUDA = "Cannot use cuda: its provider is not in the package onnxruntime-node, whose " +
  "install script downloads it, and needs CUDA 12 and cuDNN 9: webgpu computes on the same cards " +
  "with their Vulkan driver alone";

/**
 * Whether a text names a device.
 *
 * @returns what is wrong with it; `undefined` of a name
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readDevice } from "dynamic-prompt-corruption/runtime";
 *
 * assert.equal(readDevice("webgpu:1"), undefined);
 * assert.match(readDevice("cuda")!, /CUDA 12/);
 * ```
 */
export function readDevice(text: string): string | undefined {
  if (/^cuda(:\d+)?$/.test(text)) return NO_CUDA;
  return /^(cpu|auto|webgpu(:\d+)?)$/.test(text)
    ? undefined
    : `Cannot use device '${text}': take cpu, webgpu, webgpu:N of dpc devices, or auto`;
}

/**
 * Finds the device of a name.
 *
 * @param name `cpu`; `webgpu`, which the system chooses; `webgpu:N` of {@linkcode listDevices}; or `auto`, the first of those that is a GPU,
 *   else the CPU
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { findDevice } from "dynamic-prompt-corruption/runtime";
 *
 * export const program = Effect.gen(function* () {
 *   assert.equal((yield* findDevice("cpu")).name, "cpu");
 *   const { message } = yield* Effect.flip(findDevice("cuda"));
 *   assert.match(message, /CUDA 12/);
 * });
 * ```
 */
export function findDevice(name: string): Effect.Effect<Device, DeviceError> {
  const message = readDevice(name);
  if (message !== undefined) return new DeviceError({ message });
  if (name === "cpu") return Effect.succeed(CPU);
  if (name === "webgpu") return probe({});
  return Effect.flatMap(listDevices, (devices) => {
    if (name === "auto") {
      return Effect.succeed(devices.find(({ adapter }) => !adapter!.isSoftware) ?? CPU);
    }
    const index = Number(name.split(":")[1]);
    const device = devices[index];
    return device !== undefined ? Effect.succeed(device) : new DeviceError({
      message: `Cannot use '${name}' as there ${
        devices.length === 1 ? "is 1 adapter" : `are ${devices.length} adapters`
      } here: dpc devices lists them`,
    });
  });
}
