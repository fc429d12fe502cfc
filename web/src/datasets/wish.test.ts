import { describe, expect, it, test } from "vitest";

import { again, requestOf, wishOf } from "./wish";

const rule = {
  filter: { modality: ["CT"], age_min: 40 },
  mode: "both",
  format: "nifti",
  split: { train: 0.57, validation: 0.29, test: 0.14 },
  stratify: ["hospital", "sex"],
  regular_volumes: true,
  rules: { members: 1 },
};
const wishAgain = (changed: object) => wishOf(new URL(again({ name: "livers", rule: { ...rule, ...changed } }), "http://x").searchParams);

describe("another version", () => {
  it("is wished as the one before was", () => {
    expect(wishAgain({})).toEqual({
      name: "livers",
      mode: "both",
      format: "nifti",
      isRegular: true,
      isSplit: true,
      shares: { train: 57, validation: 29, test: 14 },
      strata: ["sex", "hospital"],
    });
    expect(again({ name: "livers", rule })).toContain("modality=CT&age_min=40");
  });

  it("has no split where there was none, and all volumes where nothing was said", () => {
    expect(wishAgain({ split: null, stratify: [], regular_volumes: undefined })).toMatchObject({ isSplit: false, isRegular: false, strata: [] });
  });

  it("has thirds where thirds were", () => {
    const wish = wishAgain({ split: { train: 0.333333, validation: 0.333333, test: 0.333334 } });
    expect(requestOf(wish, {})?.split?.test).toBeCloseTo(0.333334, 9);
  });
});

test.each(["", "0.7", "0.7/0.3", "a/b/c", "0.5/0.5/0/0", "7/-6/0", "//"])("what is no split is as usual: %s", (split) => {
  expect(wishOf(new URLSearchParams({ split })).shares).toEqual({ train: 70, validation: 15, test: 15 });
});

describe("a wish", () => {
  const wish = { ...wishOf(new URLSearchParams()), name: " livers " };

  it("is asked for when it has a name and its shares are whole", () => {
    expect(requestOf(wish, { modality: ["CT"] })).toMatchObject({ name: "livers", filter: { modality: ["CT"] }, split: { train: 0.7 } });
    expect(requestOf({ ...wish, name: " " }, {})).toBeNull();
    expect(requestOf({ ...wish, shares: { train: 70, validation: 15, test: 16 } }, {})).toBeNull();
  });

  it("keeps no side alike without sides", () => {
    expect(requestOf({ ...wish, isSplit: false, strata: ["sex"] }, {})).toMatchObject({ split: null, stratify: [] });
  });
});
