// The studies as rows; only those in sight are in the page, however many there are.

import { UnstyledButton } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { useKeys } from "../parts/keys";
import { Picture } from "../parts/picture";
import type { Column } from "./columns";
import { named, type Occurrence } from "./queries";
import { useSteps } from "./steps";
import classes from "./viewer.module.css";

const ROW = 56;
/** The head's height, which stays over the rows. */
const HEAD = 41;

interface Shown {
  items: Occurrence[];
  total: number;
  more: (() => void) | undefined;
  columns: Column[];
  sort: string | undefined;
  onSort: (sort: string) => void;
}

export function Table({ items, total, more, columns, sort, onSort }: Shown) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    scrollPaddingEnd: HEAD,
  });
  const seen = rows.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= items.length - 20) more?.();
  }, [last, items.length, more]);
  const step = useSteps({
    scroller,
    count: items.length,
    first: () => Math.ceil((rows.scrollOffset ?? 0) / ROW),
    show: (index) => rows.scrollToIndex(index),
  });
  useKeys({ j: () => step(1), k: () => step(-1) });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  };
  const width = ROW + columns.reduce((sum, column) => sum + column.width, 0);
  return (
    <div
      className={classes.scroller}
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label={t("viewer.table")}
      aria-keyshortcuts="J K ArrowDown ArrowUp"
      onKeyDown={onKeyDown}
    >
      <div role="table" aria-rowcount={total + 1} aria-label={t("viewer.title")} style={{ minWidth: width }}>
        <div role="rowgroup" className={classes.head}>
          <div role="row" aria-rowindex={1} className={classes.row}>
            <div role="columnheader" style={{ width: ROW }}>
              <span className={classes.unseen}>{t("column.thumbnail")}</span>
            </div>
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: rows.getTotalSize(), position: "relative" }}>
          {seen.map(({ index, start }) => {
            const item = items[index];
            return item && <Row key={item.radiology_occurrence_id} item={item} columns={columns} index={index} top={start} />;
          })}
        </div>
      </div>
    </div>
  );
}

function Head({ column, sort, onSort }: { column: Column; sort: string | undefined; onSort: (sort: string) => void }) {
  const { t } = useTranslation();
  const name = t(column.title);
  if (!column.sort) {
    return (
      <div role="columnheader" style={{ width: column.width }}>
        {name}
      </div>
    );
  }
  const isUp = sort === column.sort;
  const isDown = sort === `-${column.sort}` || (sort === undefined && column.sort === "date");
  return (
    <div role="columnheader" style={{ width: column.width }} aria-sort={isUp ? "ascending" : isDown ? "descending" : "none"}>
      <UnstyledButton
        aria-label={t("viewer.sort", { name })}
        onClick={() => onSort(isUp ? `-${column.sort}` : (column.sort ?? ""))}
      >
        {name} <span aria-hidden>{isUp ? "▲" : isDown ? "▼" : "↕"}</span>
      </UnstyledButton>
    </div>
  );
}

interface Placed {
  item: Occurrence;
  columns: Column[];
  index: number;
  top: number;
}

/** Drawn once, however often the table moves. */
const Row = memo(function Row({ item, columns, index, top }: Placed) {
  const address = `/occurrences/${item.radiology_occurrence_id}`;
  return (
    <div role="row" aria-rowindex={index + 2} className={classes.row} style={{ position: "absolute", top, height: ROW, width: "100%" }}>
      <div role="cell" style={{ width: ROW }}>
        <Picture address={item.thumbnail} of={named(item)} size={48} />
      </div>
      {columns.map((column, place) => (
        <div role="cell" key={column.id} style={{ width: column.width }} className={classes.cell} title={column.text(item)}>
          {place === 0 ? <Link href={address}>{column.text(item)}</Link> : column.text(item)}
        </div>
      ))}
    </div>
  );
});
