// A plain table, to be scrolled where it is too wide.

import { Table } from "@mantine/core";
import type { ReactNode } from "react";

/** A column without a name holds what can be done with the row. */
export function Rows({ head, rows }: { head: string[]; rows: ReactNode[][] }) {
  return (
    <Table.ScrollContainer minWidth={500} type="native" tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {head.map((name, place) => (name ? <Table.Th key={name}>{name}</Table.Th> : <Table.Td key={place} />))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((cells, row) => (
            <Table.Tr key={row}>
              {cells.map((cell, place) => (
                <Table.Td key={place}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
