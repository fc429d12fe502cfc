import { describe, expect, it } from "vitest";

import type { Image } from "./queries";
import { slicesOf } from "./slices";
import { rowsOf } from "./tags";

const image = (png: string | null, frames: number) => ({ png, number_of_frames: frames }) as Image;

describe("slices", () => {
  it("are the frames of images that have a picture", () => {
    const slices = slicesOf([image("/a", 1), image(null, 1), image("/b", 3)]);
    expect(slices.map(({ address }) => address)).toEqual(["/a", "/b", "/b?frame=2", "/b?frame=3"]);
  });
});

describe("tags", () => {
  it("have their names, and every value as text", () => {
    const rows = rowsOf({
      "00180050": { vr: "DS", Value: [5] },
      "00200037": { vr: "DS", Value: [1, 0, 0] },
      "00280002": { vr: "US" },
      "00081140": { vr: "SQ", Value: [{ "00081155": { vr: "UI", Value: ["1.2"] } }] },
      "00111010": { vr: "LO", Value: ["<b>bold</b>"] },
    });
    expect(rows.map(({ name }) => name)).toEqual([
      "SliceThickness", "ImageOrientationPatient", "SamplesPerPixel", "ReferencedImageSequence", "00111010",
    ]);
    expect(rows[0]?.value).toBe("5");
    expect(rows[1]?.value).toBe("1 \\ 0 \\ 0");
    expect(rows[4]?.value).toBe("<b>bold</b>");
  });
});
