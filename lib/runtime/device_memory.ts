/**
 * Buffers of a device: who has them, and what is moved between them and this process.
 *
 * @module
 */
import { dtypes, sizeOf } from "../onnx/mod.ts";
import {
  type DeviceTensor,
  dtypeOf,
  type Feed,
  isOnDevice,
  type NativeTensor,
  type Tensor,
} from "./tensor.ts";

/** Bytes that runs have moved. */
export interface Moved {
  /** From this process to the device. */
  readonly up: number;
  /** From the device to this process. */
  readonly down: number;
}

const bytesOf = ({ dtype, shape }: Pick<Feed, "dtype" | "shape">): number =>
  dtypes[dtype].bytes * sizeOf(shape);

/** The buffers that sessions of one device have made and nobody has freed, and a count of what was moved. */
export class DeviceMemory {
  readonly #live = new Set<DeviceTensor>();
  #up = 0;
  #down = 0;

  /** Buffers that are not freed. */
  get buffers(): number {
    return this.#live.size;
  }

  /** Bytes in them. */
  get bytes(): number {
    return [...this.#live].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  }

  /** What all runs so far have moved. */
  get moved(): Moved {
    return { up: this.#up, down: this.#down };
  }

  /** Counts what a run is fed from this process. */
  feed(feeds: Iterable<Feed>): void {
    for (const feed of feeds) if (!isOnDevice(feed)) this.#up += bytesOf(feed);
  }

  /** Counts a result that this process gets. */
  fetch(tensor: Tensor): Tensor {
    this.#down += bytesOf(tensor);
    return tensor;
  }

  /** Takes a result over that stays on the device. */
  own(native: NativeTensor): DeviceTensor {
    const tensor: DeviceTensor = {
      dtype: dtypeOf(native),
      shape: native.dims,
      native,
      free: () => {
        if (this.#live.delete(tensor)) native.dispose();
      },
    };
    this.#live.add(tensor);
    return tensor;
  }

  /** Frees all that is left. */
  freeAll(): void {
    for (const tensor of [...this.#live]) tensor.free();
  }
}
