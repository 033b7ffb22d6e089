import { test } from "uvu";
import { parityTests } from "./parity.ts";
import { FAMILY_CHECKPOINTS } from "./vectors.ts";

for (const name of FAMILY_CHECKPOINTS) parityTests(name);

test.run();
