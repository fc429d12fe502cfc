import { describe, expect, it } from "vitest";

import type { Image } from "./queries";
import { slicesOf } from "./slices";

const image = (png: string | null, frames: number) => ({ png, number_of_frames: frames }) as Image;

describe("slices", () => {
  it("are the frames of images that have a picture", () => {
    const slices = slicesOf([image("/a", 1), image(null, 1), image("/b", 3)]);
    expect(slices.map(({ address }) => address)).toEqual(["/a", "/b", "/b?frame=2", "/b?frame=3"]);
  });
});
