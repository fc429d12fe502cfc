// The stacks of a series: images of one time point each, as the server grouped and ordered them.

import type { Image } from "./queries";

export interface StackOfImages {
  group: string;
  number: number;
  phase: string;
  images: number;
}

/** Of images with a picture, in their order. */
export function stacksOf(images: Image[]): StackOfImages[] {
  const found = new Map<string, StackOfImages>();
  for (const { phase_group: group, image_phase: phase, png } of images) {
    if (!png) continue;
    const known = found.get(group) ?? { group, number: found.size + 1, phase, images: 0 };
    found.set(group, { ...known, images: known.images + 1 });
  }
  return [...found.values()];
}
