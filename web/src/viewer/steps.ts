// From study to study by the keyboard: the focus goes from link to link, and rows out of sight are drawn first.

import { useEffect, useRef, type RefObject } from "react";

interface Stepped {
  scroller: RefObject<HTMLElement | null>;
  count: number;
  /** The first in sight: where nothing has the focus, one begins there. */
  first: () => number;
  show: (index: number) => void;
}

/** Gives what makes a step, down by 1 or up by -1. */
export function useSteps({ scroller, count, first, show }: Stepped): (by: 1 | -1) => void {
  const wanted = useRef<number>(null);
  const reach = (): boolean => {
    const row = wanted.current === null ? undefined : scroller.current?.querySelector(`[aria-rowindex="${wanted.current + 2}"]`);
    const link = row?.querySelector("a");
    if (!row || !link) return false;
    wanted.current = null;
    row.scrollIntoView({ block: "nearest" });
    link.focus();
    return true;
  };
  useEffect(() => void reach());
  return (by) => {
    if (!count) return;
    const here = wanted.current ?? focused(scroller.current);
    const next = Math.min(Math.max(here === undefined ? first() : here + by, 0), count - 1);
    wanted.current = next;
    if (!reach()) show(next);
  };
}

/** The first row is the head's. */
function focused(scroller: HTMLElement | null): number | undefined {
  const active = document.activeElement;
  const row = scroller?.contains(active) ? active?.closest("[aria-rowindex]") : undefined;
  const number = Number(row?.getAttribute("aria-rowindex"));
  return number >= 2 ? number - 2 : undefined;
}
