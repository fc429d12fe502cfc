import { expect, test } from "vitest";

import type { Slice } from "../occurrence/slices";
import { nearest, normalOf } from "./position";

const AXIAL = [1, 0, 0, 0, 1, 0];

function stack(positions: number[], frame = "1.2", orientation = AXIAL): Slice[] {
  return positions.map(
    (z) =>
      ({
        image: { image_position_patient: [0, 0, z], image_orientation_patient: orientation, frame_of_reference_uid: frame },
      }) as unknown as Slice,
  );
}

const one = (z: number) => stack([z])[0] as Slice;

test("the normal of an axial image runs along the body", () => expect(normalOf(AXIAL)).toEqual([0, 0, 1]));

test("linked by millimetres, whatever the spacing and the order are", () => {
  expect(nearest(stack([0, 2, 4, 6, 8]), one(5.9), 0)).toBe(3);
  expect(nearest(stack([30, 20, 10]), one(12), 0)).toBe(2);
});

test("another frame of reference or direction is linked by share", () => {
  expect(nearest(stack([0, 5, 10], "other"), one(10), 0.5)).toBe(1);
  expect(nearest(stack([0, 5, 10], "1.2", [1, 0, 0, 0, 0, -1]), one(10), 1)).toBe(2);
});
