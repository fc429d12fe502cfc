// The frames of images one after another, each with the address of its picture.

import type { Image } from "./queries";

export interface Slice {
  image: Image;
  frame: number;
  address: string;
}

export function slicesOf(images: Image[]): Slice[] {
  return images.flatMap((image) =>
    image.png
      ? Array.from({ length: Math.max(1, image.number_of_frames) }, (_, place) => ({
          image,
          frame: place + 1,
          address: `${image.png ?? ""}${place ? `?frame=${place + 1}` : ""}`,
        }))
      : [],
  );
}

interface Drawn {
  photometric?: string;
  center?: number;
  width?: number;
}

/** How the picture was drawn, of its first frame. */
export function drawnAs(image: Image): Drawn {
  return (Array.isArray(image.rendering) ? (image.rendering[0] as Drawn | undefined) : undefined) ?? {};
}

/** Whether there are numbers behind the pictures that can be measured and windowed anew. */
export const isGrey = (slices: Slice[]) =>
  slices.length > 0 && slices.every(({ image }) => drawnAs(image).photometric?.startsWith("MONOCHROME"));
