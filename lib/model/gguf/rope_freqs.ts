/**
 * The scaling of rotary positions that llama.cpp stores as a factor for each frequency, `rope_freqs.weight`.
 *
 * @module
 */

/** What transformers calls the bounds of the passage between scaled and unscaled frequencies: the same in all models of Llama 3. */
const [LOW, HIGH] = [1, 4];
/** The context that they were trained on, where the factors do not tell. */
const ORIGINAL = 8192;

/** The parameters of a llama3 scaling that has these factors; undefined where none has. */
export function llama3Scaling(factors: Float32Array, theta: number): object | undefined {
  const factor = Math.max(...factors);
  const wavelength = (i: number) => 2 * Math.PI * theta ** (i / factors.length);
  /** Of a frequency in the passage, 0 at its low end and 1 at its high one. */
  const between = factors.findIndex((each) => 1 < each && each < factor);
  const smooth = (1 / factors[between]! - 1 / factor) / (1 - 1 / factor);
  const original = between < 0
    ? ORIGINAL
    : Math.round(wavelength(between) * (LOW + (HIGH - LOW) * smooth));
  const expected = (i: number) => {
    const turns = original / wavelength(i);
    if (turns > HIGH) return 1;
    if (turns < LOW) return factor;
    const share = (turns - LOW) / (HIGH - LOW);
    return 1 / ((1 - share) / factor + share);
  };
  const known = factors.every((each, i) => Math.abs(each - expected(i)) < 1e-4 * each);
  return known
    ? {
      rope_type: "llama3",
      factor,
      low_freq_factor: LOW,
      high_freq_factor: HIGH,
      original_max_position_embeddings: original,
    }
    : undefined;
}
