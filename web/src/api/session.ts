// Who is there. A key becomes a session's cookie that no script can read.

import { useQuery } from "@tanstack/react-query";

import { forget } from "../upload/remembered";
import { api, body, Problem, type Schemas } from "./client";

export type Caller = Schemas["Session"];

/** Null: nobody is logged in. */
export function useCaller() {
  return useQuery({
    queryKey: ["session"],
    queryFn: async (): Promise<Caller | null> => {
      try {
        return await body(api.GET("/api/v1/session"));
      } catch (error) {
        if (error instanceof Problem && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: Infinity,
  });
}

export async function logIn(key: string): Promise<void> {
  await body(api.POST("/api/v1/session", { headers: { Authorization: `Bearer ${key}` } }));
}

/** Who comes next sees nothing of an upload that was interrupted, nor what was searched for. */
export async function logOut(): Promise<void> {
  await body(api.DELETE("/api/v1/session"));
  forget();
  sessionStorage.clear();
}

/** What a login link carries behind #, which never leaves the browser; it leaves the address bar at once. */
export function keyOfLink(): string | null {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key !== null) history.replaceState(null, "", location.pathname + location.search);
  return key;
}

export function may(caller: Caller, ...roles: Schemas["Role"][]): boolean {
  const theirs = caller.roles;
  return theirs.includes("admin") || roles.some((role) => theirs.includes(role));
}
