import { expect, test } from "vitest";

import { saidBriefly } from "./brief";

test.each([
  [null, "–"],
  ["ARTERIAL", "ARTERIAL"],
  [{ DELAYED: 5, UNKNOWN: 1 }, "DELAYED (5), UNKNOWN (1)"],
  [{ text: "간암", code: "C22.0", vocabulary: "KCD7" }, "간암 C22.0"],
])("%j is said as %s", (value, said) => expect(saidBriefly(value)).toBe(said));
