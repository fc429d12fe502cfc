import { expect, it } from "vitest";

import { bytes } from "./bytes";

it("says how much, not how many digits", () => {
  expect([0, 999, 1500, 2_000_000, 7.25e12].map((count) => bytes(count, "en"))).toEqual([
    "0 byte", "999 byte", "1.5 kB", "2 MB", "7.3 TB",
  ]);
});
