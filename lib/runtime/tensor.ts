/**
 * Tensors outside of a graph, and what ONNX Runtime's binding makes of them.
 *
 * @module
 */
import { type DType, fits, formatType, sizeOf, type TensorType } from "../onnx/mod.ts";

/** Elements of a tensor that is fed or fetched; those of float16 by their bits. */
export type TensorData = Float32Array | BigInt64Array | Uint8Array | Int8Array | Uint16Array;

/** A tensor outside of the graph; the data is read in place, never copied, when it is fed to the CPU. */
export interface Tensor<Data extends TensorData = TensorData> {
  /** Type of the elements. */
  readonly dtype: DType;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Values, row-major. */
  readonly data: Data;
}

/** A tensor of ONNX Runtime's binding. */
export interface NativeTensor {
  /** ONNX Runtime's name of the dtype. */
  readonly type: string;
  /** Sizes of the axes. */
  readonly dims: readonly number[];
  /** Values, of one in the memory of this process. */
  readonly data: unknown;
  /** Gives its buffer back. */
  readonly dispose: () => void;
}

/** Makes one of the binding's tensors. */
type MakeNative<T> = (type: string, data: TensorData, shape: readonly number[]) => T;

/** A tensor in a buffer of the device, which no step copies; its owner frees it, and at the latest the memory that it is of. */
export interface DeviceTensor {
  /** Type of the elements. */
  readonly dtype: DType;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** ONNX Runtime's own. */
  readonly native: NativeTensor;
  /** Gives the buffer back; a second time does nothing. */
  readonly free: () => void;
}

/** What an input is fed. */
export type Feed = Tensor | DeviceTensor;

/** Whether it is in a buffer of the device. */
export const isOnDevice = (feed: Feed): feed is DeviceTensor => "native" in feed;

const ORT_DTYPE = {
  f16: "float16",
  f32: "float32",
  i64: "int64",
  bool: "bool",
  u8: "uint8",
  i8: "int8",
} as const;
const DTYPE: Readonly<Record<string, DType>> = {
  float16: "f16",
  float32: "f32",
  int64: "i64",
  bool: "bool",
  uint8: "u8",
  int8: "i8",
};

/** Checks the feeds before ONNX Runtime does, which does not name the input whose dtype is wrong. */
export function toNative<T extends NativeTensor>(
  make: MakeNative<T>,
  inputs: ReadonlyMap<string, TensorType>,
  feeds: Readonly<Record<string, Feed>>,
): Record<string, T> {
  const native: Record<string, T> = {};
  for (const [name, type] of inputs) {
    const feed = feeds[name];
    const expected = formatType(type);
    if (feed === undefined) throw new Error(`input '${name}' must be ${expected}: it is missing`);
    const found = formatType(feed);
    if (feed.dtype !== type.dtype || !fits(feed.shape, type.shape)) {
      throw new Error(`input '${name}' must be ${expected}: found ${found}`);
    }
    if (isOnDevice(feed)) {
      // made by the same binding
      native[name] = feed.native as T;
      continue;
    }
    if (feed.data.length !== sizeOf(feed.shape)) {
      throw new Error(`input '${name}' is ${found}: found ${feed.data.length} elements`);
    }
    native[name] = make(ORT_DTYPE[feed.dtype], feed.data, feed.shape);
  }
  return native;
}

/** A result that lies in the memory of this process. */
export function fromNative({ type, dims, data }: NativeTensor): Tensor {
  return { dtype: DTYPE[type]!, shape: dims, data: data as TensorData };
}

/** The dtype of a result. */
export const dtypeOf = ({ type }: NativeTensor): DType => DTYPE[type]!;
