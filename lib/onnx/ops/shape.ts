/**
 * Operators that move elements without computing on them.
 *
 * @module
 */
import { isNegative, isOpen, minus, plus, type Size } from "../size.ts";
import { at, refuse, requireAxis, requireSize, type SomeOps } from "./op.ts";
import { broadcast, sameButAxis, sameShape, sizeOf } from "../types.ts";

export const shape = {
  Reshape: {
    arity: 1,
    infer: (inputs, { shape }) => {
      if (sizeOf(shape) !== sizeOf(at(inputs, 0).shape)) {
        refuse("Reshape", `[${shape.join(",")}] holds another number of elements`, inputs);
      }
      return [{ dtype: at(inputs, 0).dtype, shape }];
    },
    // allowzero: a zero is a dimension of size zero, not "copy the input's"; to leave a size open it must copy
    emit: ({ shape }, inputs) => {
      const open = shape.some(isOpen);
      const isCopied = (size: Size, axis: number) => size === at(inputs, 0).shape[axis];
      const others = shape.filter((size, axis) => isOpen(size) && !isCopied(size, axis)).length;
      return {
        type: "Reshape",
        attributes: { allowzero: { int: open ? 0 : 1 } },
        constants: [
          shape.map((size, axis) => {
            if (!isOpen(size)) return size;
            // one size follows from the others; of several each must be known
            return isCopied(size, axis) ? 0 : others === 1 ? -1 : size;
          }),
        ],
        infersSize: true,
      };
    },
  },

  Transpose: {
    arity: 1,
    infer: (inputs, { perm }) => {
      const { dtype, shape } = at(inputs, 0);
      if (!sameShape([...perm].sort((a, b) => a - b), shape.map((_, axis) => axis))) {
        refuse("Transpose", `[${perm.join(",")}] is not a permutation of its axes`, inputs);
      }
      return [{ dtype, shape: perm.map((axis) => shape[axis]!) }];
    },
    emit: ({ perm }) => ({ type: "Transpose", attributes: { perm: { ints: perm } } }),
  },

  Expand: {
    arity: 1,
    infer: (inputs, { shape }) => {
      const common = broadcast(at(inputs, 0).shape, shape);
      if (common === undefined || !sameShape(common, shape)) {
        refuse("Expand", `its input does not broadcast to [${shape.join(",")}]`, inputs);
      }
      return [{ dtype: at(inputs, 0).dtype, shape }];
    },
    emit: ({ shape }) => ({ type: "Expand", constants: [shape] }),
  },

  Concat: {
    arity: { atLeast: 1 },
    infer: (inputs, { axis }) => {
      const first = at(inputs, 0);
      const along = requireAxis("Concat", axis, inputs);
      const fits = inputs.every((input) =>
        input.dtype === first.dtype && sameButAxis(input.shape, first.shape, along)
      );
      if (!fits) refuse("Concat", `its inputs differ in more than axis ${axis}`, inputs);
      const total = inputs.reduce<Size>((sum, { shape }) => plus(sum, shape[along]!), 0);
      return [{ dtype: first.dtype, shape: first.shape.with(along, total) }];
    },
    emit: ({ axis }) => ({ type: "Concat", attributes: { axis: { int: axis } } }),
  },

  /** Elements start..end-1 of one axis. */
  Slice: {
    arity: 1,
    infer: (inputs, { axis, start, end }) => {
      const { dtype, shape } = at(inputs, 0);
      const along = requireAxis("Slice", axis, inputs);
      requireSize("Slice", start, inputs);
      requireSize("Slice", end, inputs);
      if (isNegative(minus(end, start)) || isNegative(minus(shape[along]!, end))) {
        refuse("Slice", `${start}..${end} is outside of axis ${axis}`, inputs);
      }
      return [{ dtype, shape: shape.with(along, minus(end, start)) }];
    },
    emit: ({ axis, start, end }, inputs) => {
      const size = at(inputs, 0).shape.at(axis)!;
      // near the end of an axis of open size, positions count from its end
      const place = (position: Size) => {
        const fromEnd = minus(position, size);
        return isOpen(position) && !isOpen(fromEnd) ? fromEnd : position;
      };
      const last = isOpen(size) && end === size ? Number.MAX_SAFE_INTEGER : place(end);
      return { type: "Slice", constants: [[place(start)], [last], [axis]] };
    },
  },

  /** Zeros before and after one axis. */
  Pad: {
    arity: 1,
    infer: (inputs, { axis, before, after }) => {
      const { dtype, shape } = at(inputs, 0);
      const along = requireAxis("Pad", axis, inputs);
      requireSize("Pad", before, inputs);
      requireSize("Pad", after, inputs);
      return [{ dtype, shape: shape.with(along, plus(shape[along]!, plus(before, after))) }];
    },
    emit: ({ axis, before, after }, inputs) => {
      const rank = at(inputs, 0).shape.length;
      const pads = new Array<Size>(2 * rank).fill(0);
      const along = requireAxis("Pad", axis, inputs);
      pads[along] = before;
      pads[rank + along] = after;
      return { type: "Pad", constants: [pads] };
    },
  },
} satisfies SomeOps;
