// The Radiology Occurrence Viewer: filters, what they find, and what that consists of.

import { Button, Drawer, Group, SegmentedControl, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearch, useSearchParams } from "wouter";

import { Answered, Empty } from "../parts/states";
import { Charts } from "./charts";
import { Cohorts, Columns } from "./cohorts";
import { COLUMNS, keepColumns, keptColumns } from "./columns";
import { isEmpty, useFilter } from "./filters";
import { Gallery } from "./gallery";
import { useDistribution, useFacets, useOccurrences } from "./queries";
import { Rail } from "./rail";
import { Table } from "./table";
import classes from "./viewer.module.css";

export function Viewer() {
  const { t } = useTranslation();
  const used = useFilter();
  const [params, setParams] = useSearchParams();
  const search = useSearch();
  const sort = params.get("sort") ?? undefined;
  const isGallery = params.get("view") === "gallery";
  const [columns, setColumns] = useState(keptColumns);
  const [showsRail, setShowsRail] = useState(false);
  const found = useOccurrences(used.filter, sort);
  const facets = useFacets(used.filter);
  const spread = useDistribution(used.filter);

  const put = (name: string, value: string) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  const more = found.hasNextPage && !found.isFetchingNextPage ? () => void found.fetchNextPage() : undefined;
  const rail = <Rail used={used} facets={facets.data} />;
  const first = found.data?.pages[0];

  return (
    <div className={classes.page}>
      <aside className={classes.rail}>{rail}</aside>
      <Drawer opened={showsRail} onClose={() => setShowsRail(false)} title={t("viewer.filters")}>
        {rail}
      </Drawer>
      <section className={classes.found} aria-busy={found.isFetching}>
        <div className={classes.bar}>
          <Title order={1} size="h3" aria-live="polite">
            {first ? t(first.total_is_estimate ? "viewer.estimate" : "viewer.found", { count: first.total }) : t("viewer.title")}
          </Title>
          <Group gap="xs">
            <Button className={classes.showRail} variant="default" onClick={() => setShowsRail(true)}>
              {t("viewer.showFilters")}
            </Button>
            <Cohorts used={used} />
            {!isGallery && (
              <Columns
                all={COLUMNS.map(({ id, title }) => ({ id, name: t(title) }))}
                shown={columns}
                onChange={(ids) => {
                  setColumns(ids);
                  keepColumns(ids);
                }}
              />
            )}
            <SegmentedControl
              value={isGallery ? "gallery" : "table"}
              onChange={(value) => put("view", value === "gallery" ? value : "")}
              data={[
                { value: "table", label: t("viewer.table") },
                { value: "gallery", label: t("viewer.gallery") },
              ]}
            />
            <Button component={Link} href={`/datasets/new?${search}`}>
              {t("viewer.dataset")}
            </Button>
          </Group>
        </div>
        {facets.data && <Charts used={used} facets={facets.data} spread={spread.data} />}
        <Answered query={found}>
          {(data) => {
            const items = data.pages.flatMap((page) => page.items);
            if (!items.length) return <Nothing isFiltered={!isEmpty(used.filter)} clear={() => used.change({})} />;
            if (isGallery) return <Gallery items={items} more={more} />;
            return (
              <Table
                items={items}
                total={data.pages[0]?.total ?? 0}
                more={more}
                columns={COLUMNS.filter(({ id }) => columns.includes(id))}
                sort={sort}
                onSort={(next) => put("sort", next)}
              />
            );
          }}
        </Answered>
      </section>
    </div>
  );
}

function Nothing({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  const { t } = useTranslation();
  if (isFiltered) {
    return (
      <Empty title={t("viewer.none")}>
        <Button variant="default" onClick={clear}>
          {t("viewer.clear")}
        </Button>
      </Empty>
    );
  }
  return (
    <Empty title={t("viewer.empty")} help={t("viewer.emptyHelp")}>
      <Button component={Link} href="/upload">
        {t("nav.upload")}
      </Button>
    </Empty>
  );
}
