// Where slices lie in the patient: which of one stack shows what a slice of another shows.

import type { Slice } from "../occurrence/slices";

type Vector = readonly number[];

const SAME_DIRECTION = 0.99; // cosine: 8 degrees

export function dot(one: Vector, other: Vector): number {
  return one.reduce((sum, value, axis) => sum + value * (other[axis] ?? 0), 0);
}

/** Of direction cosines of rows and columns (PS3.3 C.7.6.2.1.1): the direction in which slices follow each other. */
export function normalOf(orientation: Vector): Vector {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = orientation;
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

/** The place in `slices` of what lies nearest to a slice, in mm along its normal; where nothing says so, in share. */
export function nearest(slices: readonly Slice[], to: Slice, share: number): number {
  const { image_orientation_patient: orientation, image_position_patient: position } = to.image;
  let [found, least] = [-1, Infinity];
  if (orientation && position) {
    const normal = normalOf(orientation);
    slices.forEach(({ image }, place) => {
      if (!image.image_position_patient || !image.image_orientation_patient) return;
      if (image.frame_of_reference_uid !== to.image.frame_of_reference_uid) return;
      if (Math.abs(dot(normal, normalOf(image.image_orientation_patient))) < SAME_DIRECTION) return;
      const away = Math.abs(dot(normal, image.image_position_patient) - dot(normal, position));
      if (away < least) [found, least] = [place, away];
    });
  }
  return found >= 0 ? found : Math.round(share * Math.max(0, slices.length - 1));
}
