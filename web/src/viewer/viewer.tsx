// The Radiology Occurrence Viewer: filters, what they find, and what that consists of.

import { Button, Drawer, Group, SegmentedControl, Title } from "@mantine/core";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearch, useSearchParams } from "wouter";

import { Answered, Empty } from "../parts/states";
import { Charts } from "./charts";
import { Cohorts, Columns } from "./cohorts";
import { COLUMNS, keepColumns, keptColumns } from "./columns";
import { isEmpty, useFilter } from "./filters";
import { Gallery } from "./gallery";
import { keepSearch } from "./last";
import { useDistribution, useFacets, useOccurrences, type Facets } from "./queries";
import { Rail } from "./rail";
import { Table } from "./table";
import classes from "./viewer.module.css";

export function Viewer() {
  const { t } = useTranslation();
  const used = useFilter();
  const [showsRail, setShowsRail] = useState(false);
  const facets = useFacets(used.filter);
  const spread = useDistribution(used.filter, !facets.isFetching);
  const rail = <Rail used={used} facets={facets.data} />;
  return (
    <div className={classes.page}>
      <aside className={classes.rail}>{rail}</aside>
      <Drawer opened={showsRail} onClose={() => setShowsRail(false)} title={t("viewer.filters")}>
        {rail}
      </Drawer>
      <Found used={used} total={facets.isPlaceholderData ? undefined : counted(facets.data)} showRail={() => setShowsRail(true)}>
        {facets.data && <Charts used={used} facets={facets.data} spread={spread.data} />}
      </Found>
    </div>
  );
}

/** Every study has one sex, be it that nothing was said. */
const counted = (facets: Facets | undefined) => facets?.sex?.reduce((sum, { count }) => sum + count, 0);

interface Finds {
  used: ReturnType<typeof useFilter>;
  total: number | undefined;
  showRail: () => void;
  children: ReactNode;
}

/** The studies, page after page: apart, so that another page draws neither filters nor charts anew. */
function Found({ used, total, showRail, children }: Finds) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const search = useSearch();
  useEffect(() => keepSearch(search), [search]);
  const sort = params.get("sort") ?? undefined;
  const isGallery = params.get("view") === "gallery";
  const [chosen, setChosen] = useState(keptColumns);
  const columns = useMemo(() => COLUMNS.filter(({ id }) => chosen.includes(id)), [chosen]);
  const found = useOccurrences(used.filter, sort);

  const put = (name: string, value: string) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  const more = found.hasNextPage && !found.isFetchingNextPage ? () => void found.fetchNextPage() : undefined;
  const first = found.data?.pages[0];

  return (
    <section className={classes.found} aria-busy={found.isFetching}>
      <div className={classes.bar}>
        <Title order={1} size="h3" aria-live="polite">
          {!first && t("viewer.title")}
          {first && (!first.total_is_estimate || total !== undefined
            ? t("viewer.found", { count: first.total_is_estimate ? total : first.total })
            : t("viewer.atLeast", { count: first.total }))}
        </Title>
        <Group gap="xs">
          <Button className={classes.showRail} variant="default" onClick={showRail}>
            {t("viewer.showFilters")}
          </Button>
          <Cohorts used={used} />
          {!isGallery && (
            <Columns
              all={COLUMNS.map(({ id, title }) => ({ id, name: t(title) }))}
              shown={chosen}
              onChange={(ids) => {
                setChosen(ids);
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
      {children}
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
              columns={columns}
              sort={sort}
              onSort={(next) => put("sort", next)}
            />
          );
        }}
      </Answered>
    </section>
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
