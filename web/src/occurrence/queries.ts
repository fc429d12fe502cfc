// A study, its series, and all images of one of them in their order.

import { useQuery } from "@tanstack/react-query";

import { api, body, type Schemas } from "../api/client";

export type Series = Schemas["SeriesItem"];
export type Image = Schemas["ImageItem"];
export type Correction = Schemas["CorrectionItem"];

export function useOccurrence(id: number) {
  return useQuery({
    queryKey: ["occurrence", id],
    queryFn: () => body(api.GET("/api/v1/occurrences/{occurrence_id}", { params: { path: { occurrence_id: id } } })),
  });
}

export function useSeries(id: number) {
  return useQuery({
    queryKey: ["occurrence", id, "series"],
    queryFn: async () =>
      (
        await body(
          api.GET("/api/v1/occurrences/{occurrence_id}/series", {
            params: { path: { occurrence_id: id }, query: { limit: 1000 } },
          }),
        )
      ).items,
  });
}

/** Every image of the series, however many pages that takes. */
export function useImages(id: number, series: string | undefined) {
  return useQuery({
    queryKey: ["occurrence", id, "images", series],
    enabled: series !== undefined,
    queryFn: async ({ signal }) => {
      const found: Image[] = [];
      let cursor: string | undefined;
      do {
        const page = await body(
          api.GET("/api/v1/occurrences/{occurrence_id}/images", {
            params: {
              path: { occurrence_id: id },
              query: { limit: 1000, ...(series && { series: [series] }), ...(cursor && { cursor }) },
            },
            signal,
          }),
        );
        found.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor);
      return found;
    },
  });
}

/** Who corrected what, the last first. */
export function useCorrections(id: number) {
  return useQuery({
    queryKey: ["occurrence", id, "corrections"],
    queryFn: async () =>
      (await body(api.GET("/api/v1/corrections", { params: { query: { occurrence: id, limit: 100 } } }))).items,
  });
}

/** Of each stack whether it is a volume. */
export function useGeometry(id: number) {
  return useQuery({
    queryKey: ["occurrence", id, "geometry"],
    queryFn: async () =>
      (await body(api.GET("/api/v1/occurrences/{occurrence_id}/geometry", { params: { path: { occurrence_id: id } } }))).items,
  });
}

export function useTags(imageId: number | undefined) {
  return useQuery({
    queryKey: ["image", imageId, "tags"],
    enabled: imageId !== undefined,
    queryFn: () =>
      body(api.GET("/api/v1/images/{image_id}/tags", { params: { path: { image_id: imageId ?? 0 } } })),
  });
}
