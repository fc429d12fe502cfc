// Data sets, their versions, and work that goes on.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, body, type Schemas } from "../api/client";

export type Version = Schemas["Version"];
export type Operation = Schemas["Operation"];

export function useDatasets() {
  return useQuery({
    queryKey: ["datasets"],
    queryFn: () => body(api.GET("/api/v1/datasets", { params: { query: { limit: 1000 } } })),
  });
}

export function useDataset(name: string) {
  return useQuery({
    queryKey: ["dataset", name],
    queryFn: () => body(api.GET("/api/v1/datasets/{name}", { params: { path: { name } } })),
  });
}

export function useVersion(name: string, version: string) {
  return useQuery({
    queryKey: ["dataset", name, version],
    queryFn: () => body(api.GET("/api/v1/datasets/{name}/versions/{version}", { params: { path: { name, version } } })),
  });
}

export function useDiff(name: string, version: string, from: string | undefined) {
  return useQuery({
    queryKey: ["dataset", name, version, "diff", from],
    enabled: from !== undefined,
    queryFn: () =>
      body(
        api.GET("/api/v1/datasets/{name}/versions/{version}/diff", {
          params: { path: { name, version }, query: { from: from ?? "", limit: 1 } },
        }),
      ),
  });
}

export const FINAL = ["done", "failed", "cancelled"];

/** Told by the server as it changes; what was known of the data set is asked for anew when it ends. */
export function useOperation(id: string | undefined, name: string): Operation | undefined {
  const queries = useQueryClient();
  const [operation, setOperation] = useState<Operation>();
  useEffect(() => {
    if (id === undefined) return undefined;
    const events = new EventSource(`/api/v1/operations/${id}/events`);
    events.onmessage = (event: MessageEvent<string>) => {
      const now = JSON.parse(event.data) as Operation;
      setOperation(now);
      if (!FINAL.includes(now.state)) return;
      events.close();
      void queries.invalidateQueries({ queryKey: ["dataset", name] });
      void queries.invalidateQueries({ queryKey: ["datasets"] });
    };
    return () => events.close();
  }, [id, name, queries]);
  return operation;
}
