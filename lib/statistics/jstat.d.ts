/** The part of jStat that `distribution.ts` uses; the package brings no types. */
declare module "jstat" {
  interface JStat {
    readonly normal: {
      cdf(x: number, mean: number, standardDeviation: number): number;
      inv(probability: number, mean: number, standardDeviation: number): number;
    };
    readonly studentt: {
      cdf(t: number, degreesOfFreedom: number): number;
      inv(probability: number, degreesOfFreedom: number): number;
    };
  }
  const exports: { readonly jStat: JStat };
  export default exports;
}
