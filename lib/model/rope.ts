// TEMPORARY by the lead: helper 4 replaces this file (same signature, please).
import type { DecoderConfig } from "./config.ts";
export interface RopeTables { readonly cos: Float32Array; readonly sin: Float32Array }
export function ropeTables(config: DecoderConfig, positions: number): RopeTables {
  const half = config.headDim / 2;
  const cos = new Float32Array(positions * half), sin = new Float32Array(positions * half);
  const f = Math.fround;
  const inv = Array.from({ length: half }, (_, i) => {
    const w = f(1 / f(Math.pow(config.rope.rope_theta, 2 * i / config.headDim)));
    if (config.rope.rope_type === "linear") return f(w / config.rope.factor);
    if (config.rope.rope_type === "llama3") {
      const { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings: old } = config.rope;
      const len = 2 * Math.PI / w;
      if (len < old / high_freq_factor) return w;
      if (len > old / low_freq_factor) return f(w / factor);
      const s = (old / len - low_freq_factor) / (high_freq_factor - low_freq_factor);
      return f((1 - s) * w / factor + s * w);
    }
    return w;
  });
  for (let p = 0; p < positions; p++) for (let i = 0; i < half; i++) { const a = f(p * inv[i]!); cos[p * half + i] = Math.cos(a); sin[p * half + i] = Math.sin(a); }
  return { cos, sin };
}
