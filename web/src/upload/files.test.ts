import { describe, expect, it } from "vitest";

import { batchesOf } from "./files";
import { cell } from "./progress";

const chosen = (...sizes: number[]) =>
  sizes.map((size, place) => ({ name: String(place), file: { size } as File }));
const sizes = (batches: ReturnType<typeof batchesOf>) => batches.map((batch) => batch.map(({ file }) => file.size));

describe("batches", () => {
  it("have few files and few bytes, in their order, and none is lost", () => {
    expect(sizes(batchesOf(chosen(1, 1, 1, 1, 1), 2, 100))).toEqual([[1, 1], [1, 1], [1]]);
    expect(sizes(batchesOf(chosen(60, 30, 20, 5), 10, 100))).toEqual([[60, 30], [20, 5]]);
    expect(batchesOf([], 10, 100)).toEqual([]);
  });

  it("hold a file alone that is larger than a batch may be", () => {
    expect(sizes(batchesOf(chosen(1, 500, 1), 10, 100))).toEqual([[1], [500], [1]]);
  });
});

describe("a cell of the CSV", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "\u200b=1", "\ufeff－1", "\u2212 1", " ⁻1"])("is no formula: %s", (text) => {
    expect(cell(text)).toBe(`"'${text}"`);
  });

  it("keeps quotes, commas and lines inside", () => {
    expect(cell('a,"b"\nc')).toBe('"a,""b""\nc"');
  });
});
