// All data sets.

import { Badge, Button, Container, Group, Table, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";

import { Answered, Empty } from "../parts/states";
import { useDatasets } from "./queries";

export default function Datasets() {
  const { t } = useTranslation();
  const datasets = useDatasets();
  return (
    <Container w="100%" py="md">
      <Group justify="space-between" mb="md">
        <Title order={1} size="h2">
          {t("datasets.title")}
        </Title>
        <Button component={Link} href="/datasets/new">
          {t("datasets.new")}
        </Button>
      </Group>
      <Answered query={datasets}>
        {({ items }) =>
          items.length ? (
            <Table.ScrollContainer minWidth={500} type="native" tabIndex={0}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("datasets.name")}</Table.Th>
                    <Table.Th>{t("datasets.latest")}</Table.Th>
                    <Table.Th>{t("datasets.state")}</Table.Th>
                    <Table.Th>{t("datasets.versions")}</Table.Th>
                    <Table.Th>{t("datasets.made")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((one) => (
                    <Table.Tr key={one.name}>
                      <Table.Td>
                        <Link href={`/datasets/${one.name}`}>{one.name}</Link>
                      </Table.Td>
                      <Table.Td>{one.latest}</Table.Td>
                      <Table.Td>
                        <Badge variant="light" tt="none" color={one.state === "ready" ? "green" : "gray"}>
                          {t(`dataset.state.${one.state as "ready"}`)}
                        </Badge>
                      </Table.Td>
                      <Table.Td>{one.versions}</Table.Td>
                      <Table.Td>{new Date(one.created_at).toLocaleString()}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          ) : (
            <Empty title={t("datasets.none")} />
          )
        }
      </Answered>
    </Container>
  );
}
